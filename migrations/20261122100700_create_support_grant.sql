-- What lets a support person see a firm's pages, for a while and for a reason. `act` needs the
-- firm's consent, named in `consent`.
create table support_grant (
    firm_id    uuid not null references firm,
    grant_id   uuid not null,
    person_id  uuid not null references person,
    access     text not null
        constraint support_grant_access_known check (access in ('view', 'act')),
    reason     text not null,
    consent    text,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    ended_at   timestamptz,
    primary key (firm_id, grant_id),
    constraint support_grant_consent check (access = 'view' or consent is not null)
);
create index support_grant_open on support_grant (firm_id, person_id, expires_at) where ended_at is null;
