-- One task in the hands of a colleague without an account, one row per link that was sent. Only the
-- token's hash is kept. The firm stands in the token itself, so that the look-up stays among the
-- firm's rows and nothing here has to be unique beyond them.
--
-- `finished_at` and `outcome` are the colleague's own word; `ended_at` and `ended_by` say why a link
-- stopped working without it. The row stays, so that an old link can say which.
create table hand_over (
    firm_id       uuid not null references firm,
    hand_over_id  uuid not null,
    onboarding_id uuid not null,
    task          text not null
        constraint hand_over_task_known check (task in ('enter_credentials', 'fix_permissions')),
    -- The step from which it was asked: beyond it there is nothing left to do.
    step          text not null
        constraint hand_over_step_known check (step in ('review', 'credentials', 'verify', 'permissions')),
    asked_by      text not null,
    -- Null where support asked in the firm's stead.
    asked_by_id   uuid references person,
    name          text not null,
    address       text not null
        constraint hand_over_lower_case check (address = lower(address)),
    token_hash    bytea not null,
    -- What the admin knew of the company before there were details.
    company_id    bigint,
    -- The checks that stood open when it was asked, by the diagnosis' names.
    checks        text[] not null default '{}',
    created_at    timestamptz not null,
    expires_at    timestamptz not null,
    opened_at     timestamptz,
    checked_at    timestamptz,
    -- What the colleague entered; replaced with each correction.
    credential_id uuid,
    entered_at    timestamptz,
    finished_at   timestamptz,
    outcome       text
        constraint hand_over_outcome_known check (outcome in ('done', 'cannot')),
    -- Why not, in the colleague's words.
    reason        text,
    ended_at      timestamptz,
    ended_by      text
        constraint hand_over_end_known
        check (ended_by in ('replaced', 'revoked', 'expired', 'overtaken', 'closed')),
    primary key (firm_id, hand_over_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id),
    constraint hand_over_finished check ((finished_at is null) = (outcome is null)),
    constraint hand_over_ended check ((ended_at is null) = (ended_by is null))
);
create unique index hand_over_one_open on hand_over (firm_id, onboarding_id, task)
    where finished_at is null and ended_at is null;
create index hand_over_by_token on hand_over (firm_id, token_hash);
create index hand_over_of_onboarding on hand_over (firm_id, onboarding_id, hand_over_id);
create index hand_over_expiry on hand_over (expires_at) where finished_at is null and ended_at is null;
