-- One access token per credential, sealed, so that a restart or another replica does not fetch
-- one again while one is good. `claimed_until` is the lease of the one process that fetches.
create table procore_token (
    firm_id       uuid not null,
    credential_id uuid not null,
    token         bytea,
    minted_at     timestamptz,
    expires_at    timestamptz,
    claimed_until timestamptz,
    primary key (firm_id, credential_id),
    foreign key (firm_id, credential_id) references credential on delete cascade,
    constraint procore_token_whole
        check (num_nulls(token, minted_at, expires_at) in (0, 3))
);

-- The client of Procore knows a credential by its id alone; whose it is, is looked up here.
create unique index credential_by_id on credential (credential_id);
