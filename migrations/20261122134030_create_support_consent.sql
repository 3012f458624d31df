-- A firm lets support act for it, for a while. Given by a button of theirs, or by an answer to a
-- mail that a support person recorded: then `quote` holds the words and `recorded_by` who wrote
-- them down.
create table support_consent (
    firm_id     uuid not null references firm,
    consent_id  uuid not null,
    given_by    text not null,
    recorded_by text,
    quote       text,
    given_at    timestamptz not null,
    recorded_at timestamptz not null,
    expires_at  timestamptz not null,
    ended_at    timestamptz,
    primary key (firm_id, consent_id),
    constraint support_consent_quoted check ((recorded_by is null) = (quote is null))
);
create index support_consent_open on support_consent (firm_id, expires_at) where ended_at is null;

-- A support person asks for it. Answered by a consent; the newest question counts.
create table support_request (
    firm_id    uuid not null references firm,
    request_id uuid not null,
    person_id  uuid not null references person,
    asked_by   text not null,
    reason     text not null,
    asked_at   timestamptz not null,
    primary key (firm_id, request_id)
);

-- Grants that ran out are ended with a line in the firm's activity.
create index support_grant_expiry on support_grant (expires_at) where ended_at is null;
