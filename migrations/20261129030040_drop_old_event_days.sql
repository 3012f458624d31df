-- Events are kept for a time (`CONCIERGE_EVENT_RETENTION`) and dropped by the day, by a function of
-- the owner like the one that makes the days.

-- Drops the partitions of the days before a day, and what the rest partition received before it; the
-- last week always stays. A table that is in use is left for the next time: everybody else would wait
-- behind this.
create function drop_event_days(before date) returns void
language plpgsql security definer
set search_path = public, pg_temp
set lock_timeout = '1s'
as $$
declare
    partition regclass;
    floor date := least(before, current_date - 7);
begin
    -- First, since dropping a partition locks the table until the end.
    delete from event_rest where received_at < floor;
    for partition in
        select inhrelid::regclass
        from pg_inherits
        join pg_class on pg_class.oid = inhrelid
        where inhparent = 'event'::regclass
          and relname ~ '^event_[0-9]{8}$'
          and relname < 'event_' || to_char(floor, 'YYYYMMDD')
    loop
        execute format('drop table %s', partition);
    end loop;
exception
    when lock_not_available then
        raise warning 'event days before % are in use and stay for now', floor;
end
$$;

revoke execute on function drop_event_days(date) from public;
