-- Removing a firm with every trace of it, also as functions of the owner (see store/removals.rs).

-- What is left of a firm that was removed: what, how many, when and by whom, and nothing of theirs.
create table removed_firm (
    firm_id          uuid primary key,
    removed_at       timestamptz not null,
    removed_by       text not null, -- `operator`, or the id of a support person
    rows             jsonb not null, -- table → how many
    rows_gone_at     timestamptz,
    procore          text not null
        constraint removed_firm_procore_known
        check (procore in ('nothing', 'pending', 'removed', 'left_behind')),
    webhooks_removed integer not null default 0
);

-- What opens Procore for taking back what a removed firm had us create, and for nothing else: where
-- it is, key, secret and token, sealed together.
create table removal_access (
    firm_id    uuid not null references removed_firm,
    access_id  uuid not null,
    sealed     bytea not null,
    not_before timestamptz not null, -- until then, Procore may still create what it was asked for
    keep_until timestamptz not null,
    primary key (firm_id, access_id)
);

-- Every table with a firm in it, those first that others wait for. One whose rows refer to nothing
-- holds what Procore sent, in any number: it is emptied in small steps, the others at once.
create function firm_tables(bulky boolean) returns setof regclass
language sql stable set search_path = public, pg_temp as $$
    with recursive owned as (
        select c.oid
        from pg_class c
        join pg_attribute a on a.attrelid = c.oid and a.attname = 'firm_id' and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p')
          and not c.relispartition
          and c.oid not in ('removed_firm'::regclass, 'removal_access'::regclass)
    ), reference as (
        select conrelid as child, confrelid as parent
        from pg_constraint
        where contype = 'f' and conrelid <> confrelid
    ), place (oid, depth) as (
        select oid, 0 from owned
        union
        select reference.child, place.depth + 1
        from place
        join reference on reference.parent = place.oid
        where place.depth < 20 -- a circle of references would never end
    )
    select owned.oid::regclass
    from owned
    join place on place.oid = owned.oid
    where bulky <> exists (
        select from reference where owned.oid in (reference.child, reference.parent)
    )
    group by owned.oid
    order by max(place.depth) desc, owned.oid::regclass::text
$$;

-- Erases a firm, with the people who act for no other, and writes its receipt. What Procore sent is
-- left to `erase_firm_rows`.
create function erase_firm(firm uuid, by text, at timestamptz, in_procore text) returns void
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    people    uuid[];
    addresses text[];
    erased    jsonb := '{}';
    reference record;
    emptied   regclass;
    amount    bigint;
begin
    -- Those who act for it, or once did.
    select coalesce(array_agg(p.person_id), '{}') into people
    from person p
    where p.support_role is null
      and (exists (select from membership m where m.firm_id = firm and m.person_id = p.person_id)
           or exists (select from activity a
                      where a.firm_id = firm and a.verb <> 'access.refused' -- a stranger's
                        and p.person_id::text in (a.actor_id::text, a.details->>'person')))
      and not exists (
          select from membership m where m.firm_id <> firm and m.person_id = p.person_id
      );
    select coalesce(array_agg(address), '{}') into addresses
    from email_address where person_id = any(people);
    delete from rate_window w
    using connection, credential
    where connection.firm_id = firm and credential.firm_id = firm
      and credential.connection_id = connection.connection_id
      and w.environment = connection.environment and w.company_id = connection.company_id
      and w.client_id = credential.client_id;

    perform set_config('concierge.erasing', 'on', true);
    for emptied in select firm_tables(false) loop
        execute format('delete from %s where firm_id = $1', emptied) using firm;
        get diagnostics amount = row_count;
        erased := erased || jsonb_build_object(emptied::text, amount);
    end loop;
    if erased->>'firm' <> '1' then
        raise exception 'there is no firm %', firm using errcode = 'no_data_found';
    end if;

    delete from activity where firm_id is null and actor_id = any(people);
    perform set_config('concierge.erasing', 'off', true);
    delete from mail where recipient = any(addresses);
    delete from person_link where address = any(addresses);
    delete from reset_request where email = any(addresses);
    -- What refers to a person goes with them, except where it can do without.
    for reference in
        select conrelid::regclass as child, attname as name, attnotnull as needed
        from pg_constraint
        join pg_attribute on attrelid = conrelid and attnum = conkey[1]
        where contype = 'f' and confrelid = 'person'::regclass
    loop
        if reference.needed then
            execute format('delete from %s where %I = any($1)', reference.child, reference.name)
                using people;
        else
            execute format('update %s set %I = null where %I = any($1)',
                           reference.child, reference.name, reference.name)
                using people;
        end if;
    end loop;
    delete from person where person_id = any(people);

    erased := erased || jsonb_build_object('person', cardinality(people));
    insert into removed_firm (firm_id, removed_at, removed_by, rows, procore)
    values (firm, at, by, erased, in_procore);
end
$$;

-- Erases up to `amount` rows of what Procore sent for a removed firm, and returns how many there
-- were.
create function erase_firm_rows(firm uuid, amount integer, at timestamptz) returns bigint
language plpgsql security definer
set search_path = public, pg_temp
as $$
declare
    emptied regclass;
    erased  bigint;
    total   bigint := 0;
begin
    perform from removed_firm where firm_id = firm for update;
    if not found then
        raise exception 'firm % was not removed', firm using errcode = 'no_data_found';
    end if;
    for emptied in select firm_tables(true) loop
        execute format(
            'delete from %s where (tableoid, ctid) in
                 (select tableoid, ctid from %s where firm_id = $1 limit $2)', emptied, emptied)
            using firm, amount - total;
        get diagnostics erased = row_count;
        total := total + erased;
        update removed_firm
        set rows = rows || jsonb_build_object(
            emptied::text, coalesce((rows->>emptied::text)::bigint, 0) + erased)
        where firm_id = firm;
    end loop;
    if total = 0 then
        update removed_firm set rows_gone_at = coalesce(rows_gone_at, at) where firm_id = firm;
    end if;
    return total;
end
$$;

revoke execute on function
    firm_tables(boolean),
    erase_firm(uuid, text, timestamptz, text),
    erase_firm_rows(uuid, integer, timestamptz)
from public;
