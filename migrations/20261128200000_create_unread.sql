-- Rows of Procore's lists that could not be kept as records, as they were sent, for support. Only the
-- first thousand of a list keep their text.
create table unread_record (
    firm_id       uuid not null,
    connection_id uuid not null,
    data_set      text not null,
    kind          text not null,
    project_id    bigint not null default 0,
    hash          bytea not null,
    body          text not null,
    first_seen_at timestamptz not null,
    last_seen_at  timestamptz not null,
    primary key (firm_id, connection_id, data_set, kind, project_id, hash)
);

-- What Procore delivered to a hook and is no event, for support: the newest thousand, for 30 days.
create table unread_event (
    firm_id           uuid not null,
    hook_id           uuid not null,
    hash              bytea not null,
    body              bytea not null,
    times             integer not null default 1,
    first_received_at timestamptz not null,
    last_received_at  timestamptz not null,
    primary key (firm_id, hook_id, hash)
);
create index unread_event_by_age on unread_event (last_received_at);
