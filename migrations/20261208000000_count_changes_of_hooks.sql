-- How often what hooks take has changed. Who remembers hooks stores their deliveries only as long as this number
-- is the same: one look for any number of them. A new hook changes nothing that is remembered.
create table hook_generation (
    only_row   boolean primary key default true check (only_row),
    generation bigint not null
);
insert into hook_generation (generation) values (0);

create function count_hook_change() returns void language plpgsql as $$
begin
    -- Deliveries that come later wait for this; without it, one after the other would keep it waiting.
    lock table hook_generation in exclusive mode;
    update hook_generation set generation = generation + 1;
end
$$;

create function note_changed_hooks() returns trigger language plpgsql as $$
begin
    if exists (
        select from old_hook
        left join new_hook using (firm_id, hook_id)
        -- What is closed takes nothing, and was counted as it was closed.
        where (old_hook.closed_at is null or new_hook.closed_at is null)
          and (old_hook.connection_id, old_hook.endpoint_hash, old_hook.secret_hash,
               old_hook.old_secret_hash, old_hook.old_until, old_hook.closed_at)
              is distinct from
              (new_hook.connection_id, new_hook.endpoint_hash, new_hook.secret_hash,
               new_hook.old_secret_hash, new_hook.old_until, new_hook.closed_at)
    ) then
        perform count_hook_change();
    end if;
    return null;
end
$$;
create trigger note_changed_hooks after update on hook
    referencing old table as old_hook new table as new_hook
    for each statement execute function note_changed_hooks();

create function note_removed_hooks() returns trigger language plpgsql as $$
begin
    if exists (select from old_hook where closed_at is null) then
        perform count_hook_change();
    end if;
    return null;
end
$$;
create trigger note_removed_hooks after delete on hook
    referencing old table as old_hook
    for each statement execute function note_removed_hooks();
