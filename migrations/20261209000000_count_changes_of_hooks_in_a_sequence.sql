-- A sequence counts how often what hooks take has changed, under an advisory lock. Until now each delivery locked a
-- row, and locking a row writes it. A sequence shows what it has counted to statements that began earlier, too, so
-- who holds the lock knows of every change that was committed; and a number that is counted for nothing only makes
-- processes ask.
drop table hook_generation;
create sequence hook_change;
select nextval('hook_change');

-- x'686f6f6b73', which names the lock, is 'hooks' in ASCII.
create or replace function count_hook_change() returns void language plpgsql as $$
begin
    perform pg_advisory_xact_lock(x'686f6f6b73'::bigint);
    perform nextval('hook_change');
end
$$;

-- The functions in SQL below are simple enough for Postgres to inline them.

-- -1 where nothing was counted yet, as in a copy of the database without its sequences.
create function last_hook_change() returns bigint language sql volatile as $$
    select coalesce(pg_sequence_last_value('hook_change'), -1)
$$;

-- The number of the last change; 0 while hooks are being changed. Waits for nobody.
create function hook_generation() returns bigint language sql volatile as $$
    select case when pg_try_advisory_xact_lock_shared(x'686f6f6b73'::bigint) then last_hook_change() else 0 end
$$;

create function hooks_have_changed() returns boolean language plpgsql volatile as $$
begin
    raise exception 'hooks have changed since the one of this delivery was looked up' using errcode = 'KH001';
end
$$;

-- True where hooks have not changed since that number, and will not until the transaction ends; waits for who changes
-- them. An error otherwise, since a statement that stores nothing says the same where all is known.
create function hooks_are_as_of(generation bigint) returns boolean language sql volatile as $$
    select case when pg_advisory_xact_lock_shared(x'686f6f6b73'::bigint)::text is not null
           then case last_hook_change() when generation then true else hooks_have_changed() end
           end
$$;
