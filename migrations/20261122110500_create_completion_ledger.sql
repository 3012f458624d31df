create table integration (
    firm_id        uuid not null references firm,
    integration_id uuid not null,
    onboarding_id  uuid not null,
    environment    text not null,
    company_id     bigint not null,
    company_name   text not null,
    credential_id  uuid not null,
    settings       jsonb not null,
    state          text not null
        constraint integration_state_known
        check (state in ('setting_up', 'connected', 'paused', 'disconnected')),
    created_at     timestamptz not null,
    connected_at   timestamptz,
    last_sync_at   timestamptz,
    primary key (firm_id, integration_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id),
    foreign key (firm_id, credential_id) references credential (firm_id, credential_id)
);
create unique index integration_one_live on integration (firm_id) where state <> 'disconnected';

-- The ledger is the truth and the queue only wakes it: due times are here, against our own clock.
create table run (
    firm_id        uuid not null references firm,
    run_id         uuid not null,
    integration_id uuid not null,
    onboarding_id  uuid not null,
    kind           text not null constraint run_kind_known check (kind in ('completion')),
    state          text not null
        constraint run_state_known
        check (state in ('running', 'waiting', 'needs_person', 'done', 'abandoned')),
    -- Every write of a worker names the fence it took the run with; an overtaken one writes nothing.
    fence          bigint not null default 0,
    lease_until    timestamptz,
    due_at         timestamptz not null,
    -- Why it waits, or what it needs.
    code           text,
    -- The cause that people were last told of by mail: one mail per cause.
    told_code      text,
    started_by     text not null,
    started_at     timestamptz not null,
    finished_at    timestamptz,
    primary key (firm_id, run_id),
    foreign key (firm_id, integration_id) references integration (firm_id, integration_id)
);
create unique index run_one_open on run (firm_id, integration_id) where state not in ('done', 'abandoned');
create index run_due on run (due_at) where state in ('running', 'waiting');

create table action (
    firm_id      uuid not null,
    run_id       uuid not null,
    position     int not null,
    name         text not null,
    state        text not null
        constraint action_state_known
        check (state in ('pending', 'running', 'waiting', 'done', 'partial', 'needs_person')),
    code         text,
    -- What came of it, in the words of the action.
    outcome      jsonb not null default '{}',
    -- Where a reading goes on.
    cursor       jsonb,
    records      bigint not null default 0,
    total        bigint,
    -- How often it was taken up since it last came forward.
    attempts     int not null default 0,
    not_before   timestamptz,
    started_at   timestamptz,
    finished_at  timestamptz,
    updated_at   timestamptz not null,
    primary key (firm_id, run_id, position),
    unique (firm_id, run_id, name),
    foreign key (firm_id, run_id) references run (firm_id, run_id)
);

-- A webhook of ours in Procore. Only hashes of its address and its Authorization value are kept:
-- Procore never reads the value back either, so adopting a hook means giving it a fresh one, and
-- both are accepted for a while. `pending` holds both, sealed, from before Procore is told until it
-- has confirmed them; so a worker that is repeated tells Procore the same values again.
create table hook (
    firm_id         uuid not null references firm,
    hook_id         uuid not null,
    integration_id  uuid not null,
    -- 0 for the company's own hook.
    project_id      bigint not null default 0,
    procore_id      text,
    endpoint_hash   bytea not null,
    secret_hash     bytea not null,
    old_secret_hash bytea,
    old_until       timestamptz,
    pending         bytea,
    triggers        jsonb not null default '[]',
    -- Resources that the settings want and this company's catalog lacks.
    missing         jsonb not null default '[]',
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    primary key (firm_id, hook_id),
    unique (firm_id, endpoint_hash),
    foreign key (firm_id, integration_id) references integration (firm_id, integration_id)
);
create unique index hook_one_per_scope on hook (firm_id, integration_id, project_id);

-- Ids are unique per kind of record, not per data set: a project and a stage may share a number.
create table record (
    firm_id           uuid not null,
    integration_id    uuid not null,
    data_set          text not null,
    kind              text not null,
    project_id        bigint not null default 0,
    procore_id        bigint not null,
    body              jsonb not null,
    body_hash         bytea not null,
    procore_updated_at timestamptz,
    first_seen_at     timestamptz not null,
    last_seen_at      timestamptz not null,
    gone_at           timestamptz,
    primary key (firm_id, integration_id, data_set, kind, project_id, procore_id)
);

-- What Procore delivered, once per event id. The day comes from the event's own id, so a late
-- duplicate meets the first one in the same partition; old days are dropped whole.
create table event (
    firm_id     uuid not null,
    hook_id     uuid not null,
    event_id    text not null,
    day         date not null,
    received_at timestamptz not null,
    body        jsonb not null,
    handled_at  timestamptz,
    primary key (firm_id, hook_id, event_id, day)
) partition by range (day);
create table event_rest partition of event default;
