-- The browser holds a random token, we hold its hash. A session ends by being deleted, by being
-- idle for too long (compared with `last_seen_at`, which moves at most every five minutes) or at
-- `expires_at`, whatever happens.
--
-- `second_factor_at` is null while the person has only given a password.
create table session (
    token_hash       bytea primary key,
    session_id       uuid not null unique,
    person_id        uuid not null references person,
    created_at       timestamptz not null,
    last_seen_at     timestamptz not null,
    expires_at       timestamptz not null,
    second_factor_at timestamptz,
    source           text,
    user_agent       text
);
create index session_person on session (person_id);
create index session_expiry on session (expires_at);
