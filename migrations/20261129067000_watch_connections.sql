-- What went wrong with a connection after its setup was done: one open row for each cause.
create table incident (
    firm_id       uuid not null references firm (firm_id),
    incident_id   uuid not null,
    connection_id uuid not null,
    subject       text not null, -- which look found it
    code          text not null, -- a published reason
    finding       jsonb not null,
    since         timestamptz not null,
    seen_at       timestamptz not null,
    told_at       timestamptz, -- when the firm was first written to
    reminded_at   timestamptz,
    ended_at      timestamptz,
    primary key (firm_id, incident_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);
create unique index incident_open on incident (firm_id, connection_id, code) where ended_at is null;
create index incident_by_start on incident (firm_id, connection_id, since desc);

-- When each subject of a connection was last looked at with an answer.
create table probe (
    firm_id       uuid not null references firm (firm_id),
    connection_id uuid not null,
    subject       text not null,
    looked_at     timestamptz not null,
    primary key (firm_id, connection_id, subject),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);

-- Procore not answering in an environment: one for the whole installation, told to no firm.
create table outage (
    environment text not null,
    since       timestamptz not null,
    seen_at     timestamptz not null,
    ended_at    timestamptz,
    primary key (environment, since)
);
create unique index outage_open on outage (environment) where ended_at is null;

alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile', 'repair'));

-- What is connected already is looked at from now on.
insert into work (kind, key, firm_id, due_at)
select 'watch_connection', connection_id, firm_id, now()
from connection
where state = 'connected'
on conflict (kind, key) do nothing;
