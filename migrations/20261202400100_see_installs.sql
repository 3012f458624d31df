-- Who waits for the vendor's app to be installed, and in which company. One look at the vendor's list of
-- companies serves all of them.
create table install_wait (
    firm_id       uuid not null references firm,
    onboarding_id uuid not null,
    environment   text not null,
    company_id    bigint not null,
    -- As the person sees it; empty where they only typed its number.
    name          text not null,
    -- The colleague who waits; nobody: the firm's admins.
    hand_over_id  uuid,
    began_at      timestamptz not null,
    ends_at       timestamptz not null,
    -- Since when the app is known not to be there: only what comes after that is told.
    absent_at     timestamptz,
    installed_at  timestamptz,
    -- When it was told that nothing came.
    ended_at      timestamptz,
    primary key (firm_id, onboarding_id, environment, company_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id),
    foreign key (firm_id, hand_over_id) references hand_over (firm_id, hand_over_id)
);
create index install_wait_open on install_wait (environment)
    where installed_at is null and ended_at is null;

-- Where the vendor's app is installed, as Procore listed it last. Nobody's: most of them are no firm here.
create table vendor_install (
    environment  text not null,
    company_id   bigint not null,
    installed_at timestamptz not null,
    seen_at      timestamptz not null,
    gone_at      timestamptz,
    primary key (environment, company_id)
);

-- Calls by the vendor's app, of all firms together. Several rows a day, so that no write waits for another.
create table vendor_call (
    environment text not null,
    day         date not null,
    slot        smallint not null,
    calls       bigint not null,
    status_401  bigint not null,
    status_403  bigint not null,
    status_404  bigint not null,
    status_429  bigint not null,
    primary key (environment, day, slot)
);

-- Which version of the app a company has, as far as Procore tells.
alter table credential
    add column app_version text,
    add column app_update_waits boolean;
