-- One walk through the setup. It is its own aggregate: nothing of it lies in the session, and
-- the integration's rows appear only when the plan is confirmed.
-- `stage` is text with a named check, so adding a stage is an ordinary change and the previous
-- release can still read old rows. The firm leads every key, so that a firm's rows stay together.
create table onboarding (
    firm_id       uuid not null references firm,
    onboarding_id uuid not null,
    stage         text not null default 'review'
        constraint onboarding_stage_known
        check (stage in ('review', 'credentials', 'verify', 'settings', 'permissions', 'complete', 'completing', 'done')),
    access_way    text
        constraint onboarding_access_way_known check (access_way in ('own_app', 'legacy_account')),
    environment   text,
    company_id    bigint,
    company_name  text,
    -- A list of choices; kept as the firm saved it even if a later release cannot read it.
    settings      jsonb,
    -- Who made the last change, in words, for "this was changed by X at 10:42".
    changed_by    text not null default '',
    created_at    timestamptz not null,
    updated_at    timestamptz not null,
    archived_at   timestamptz,
    version       bigint not null default 0,
    primary key (firm_id, onboarding_id)
);
create unique index onboarding_one_open on onboarding (firm_id) where archived_at is null;

-- A Procore company is claimed at the first passed verification, never by typing its id. This
-- and the table of e-mail addresses are the only uniques that span firms.
create table company_claim (
    environment   text not null,
    company_id    bigint not null,
    firm_id       uuid not null references firm,
    claimed_at    timestamptz not null,
    primary key (environment, company_id)
);
create index company_claim_by_firm on company_claim (firm_id);

create table credential (
    firm_id       uuid not null references firm,
    credential_id uuid not null,
    onboarding_id uuid not null,
    environment   text not null,
    company_id    bigint not null,
    client_id     text not null,
    -- Null once it was wiped.
    secret        bytea,
    fingerprint   text not null,
    state         text not null
        constraint credential_state_known check (state in ('candidate', 'current', 'retired')),
    created_by    text not null,
    created_at    timestamptz not null,
    retired_at    timestamptz,
    primary key (firm_id, credential_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id)
);
create unique index credential_one_current on credential (firm_id, onboarding_id) where state = 'current';

-- A run of checks names the credential that it tested: results of another one count for nothing.
create table check_run (
    firm_id       uuid not null references firm,
    check_run_id  uuid not null,
    onboarding_id uuid not null,
    credential_id uuid not null,
    purpose       text not null
        constraint check_run_purpose_known check (purpose in ('verify', 'permissions')),
    -- The choice that the permissions were checked for.
    settings      jsonb,
    started_by    text not null,
    started_at    timestamptz not null,
    -- After this moment a run that has not ended is given up.
    deadline_at   timestamptz not null,
    finished_at   timestamptz,
    outcome       text
        constraint check_run_outcome_known check (outcome in ('passed', 'failed', 'waiting')),
    -- The first cause, where it did not pass.
    code          text,
    -- Environments besides the chosen one where the admin agreed to try the details.
    elsewhere     text[] not null default '{}',
    -- When a waiting run is tried again by itself.
    retry_at      timestamptz,
    primary key (firm_id, check_run_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id),
    foreign key (firm_id, credential_id) references credential (firm_id, credential_id)
);
create index check_run_newest on check_run (firm_id, onboarding_id, purpose, started_at desc);
create index check_run_unfinished on check_run (deadline_at) where finished_at is null;
create index check_run_to_retry on check_run (retry_at) where retry_at is not null;

create table check_row (
    firm_id       uuid not null,
    check_run_id  uuid not null,
    position      int not null,
    -- What was checked, as the diagnosis names it.
    name          text not null,
    state         text not null,
    code          text,
    -- The diagnosis' own record of it: levels, facts, Procore's answer with secrets removed.
    detail        jsonb not null default '{}',
    -- Null while its turn has not come; older than the run where an earlier result was kept.
    checked_at    timestamptz,
    primary key (firm_id, check_run_id, position),
    foreign key (firm_id, check_run_id) references check_run (firm_id, check_run_id)
);
