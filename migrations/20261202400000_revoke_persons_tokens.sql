-- The token of somebody who signed in with Procore, sealed until Procore took it back: minutes as a rule, a
-- day at most. Nobody's: it says neither whose it is nor for which firm it was given.
create table person_token (
    token_id    uuid primary key,
    environment text not null,
    token       bytea not null,
    created_at  timestamptz not null
);

-- Which projects somebody sees is part of what they proved: it counts as long as their proof does.
alter table project_seen
    add column credential_id uuid not null default '00000000-0000-0000-0000-000000000000',
    drop constraint project_seen_pkey,
    add primary key (firm_id, connection_id, credential_id, project_id);
