-- The processes that serve connect as a role that reads and writes rows and owns nothing; `migrate`
-- grants it that (see store/roles.rs). What takes an owner is a function of the owner below: fixed
-- search path, executed by nobody whom `migrate` did not let.

-- The append-only triggers stand against mistakes, also of the owner. Functions of the
-- owner are the only ones that set this, and only while they run. They do so in their body: in the
-- head of a function, only a superuser may name a setting of our own.
create or replace function refuse_change() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' and current_setting('concierge.erasing', true) = 'on' then
        return old;
    end if;
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;

-- Deletes the oldest entries of the record that are from before a time, at most `amount`. The last
-- 30 days always stay.
create function expire_activity(before timestamptz, amount integer) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    expired bigint;
begin
    perform set_config('concierge.erasing', 'on', true);
    with oldest as (
        select activity_id, at from activity order by activity_id limit amount
    )
    delete from activity
    using oldest
    where activity.activity_id = oldest.activity_id
      and oldest.at < least(before, now() - interval '30 days');
    get diagnostics expired = row_count;
    perform set_config('concierge.erasing', 'off', true);
    return expired;
end
$$;

-- Makes the partition of a day, unless it is there, another process is making it, or the rest
-- partition already has events of the day. Filled with nothing and then attached, which locks the
-- table for less than creating it in place would. While the rest partition is in use (a backup
-- reads it), the day is left for the next time: everybody else would wait behind this.
create function prepare_event_day(wanted date) returns void
language plpgsql security definer
set search_path = public, pg_temp
set lock_timeout = '1s'
as $$
declare
    partition text := 'event_' || to_char(wanted, 'YYYYMMDD');
begin
    if not pg_try_advisory_xact_lock(x'636f6e636576656e'::bigint)
        or to_regclass(partition) is not null
        or exists (select from event_rest where day = wanted)
    then
        return;
    end if;
    execute format('create table %I (like event including all)', partition);
    execute format('alter table event attach partition %I for values from (%L) to (%L)',
                   partition, wanted, wanted + 1);
exception
    when lock_not_available then
        raise warning 'event is in use: the day % is prepared later', wanted;
end
$$;

revoke execute on function expire_activity(timestamptz, integer), prepare_event_day(date) from public;
