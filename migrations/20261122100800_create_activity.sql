-- Who did what, when, from where. Timeline, audit and figures all read it, so nothing in it may
-- ever change: the database itself refuses.
--
-- `firm_id` is null for what concerns no firm (a support person's sign-in). Ids are UUIDv7, so
-- the key is also the order.
create table activity (
    activity_id  uuid primary key,
    firm_id      uuid references firm,
    at           timestamptz not null,
    actor_kind   text not null
        constraint activity_actor_kind_known check (actor_kind in ('firm_admin', 'colleague', 'support', 'system')),
    actor_id     uuid,
    actor_name   text not null,
    on_behalf_of text,
    verb         text not null,
    subject      text,
    source       text,
    details      jsonb not null default '{}',
    visible_to   text not null
        constraint activity_visible_to_known check (visible_to in ('firm', 'staff'))
);
create index activity_firm on activity (firm_id, activity_id);
create index activity_actor on activity (actor_id, activity_id);

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only', tg_table_name using errcode = 'restrict_violation';
end
$$;
create trigger activity_append_only before update or delete on activity
    for each row execute function refuse_change();
create trigger activity_no_truncate before truncate on activity
    for each statement execute function refuse_change();
