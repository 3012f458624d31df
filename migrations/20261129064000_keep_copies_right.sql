-- What is known of each list that a connection reads: when the last complete reading of the whole list
-- began, and the last one of its changes. What was read before either is known.
create table list_reading (
    firm_id       uuid not null,
    connection_id uuid not null,
    list          text not null,
    tried_at      timestamptz, -- when it was last read whole, complete or not
    complete_at   timestamptz,
    caught_up_at  timestamptz,
    -- Set while the last reading did not come whole; the code, where Procore refused it.
    failed_at     timestamptz,
    code          text,
    primary key (firm_id, connection_id, list),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);

-- A time in which events may have been lost, until our copy is proven to lack nothing of it; and what
-- the last reconcile found.
create table reconcile (
    firm_id       uuid not null,
    connection_id uuid not null,
    gap_from      timestamptz,
    gap_to        timestamptz,
    gap_run       uuid, -- the run that is to repair it
    ended_at      timestamptz,
    result        jsonb,
    primary key (firm_id, connection_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id),
    constraint reconcile_gap_whole check ((gap_from is null) = (gap_to is null))
);

alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile'));
-- Records in which a reading found anything new.
alter table action add column changed bigint not null default 0;
-- When our copy of a record last changed, its going included.
alter table record add column changed_at timestamptz;
update record set changed_at = coalesce(gone_at, unavailable_at, as_of);
alter table record alter column changed_at set not null;

insert into work (kind, key, firm_id, due_at)
select 'reconcile', connection_id, firm_id, now() from connection where state = 'connected';

-- When this installation last worked, in one row: after a longer pause it may have lost events.
create table heartbeat (
    at timestamptz not null
);
