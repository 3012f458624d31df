-- Links in reminders that stop them without signing in. Each mail has its own, and older ones go
-- on working: somebody may look into an older mail. The token says whose firm it is, so the
-- look-up stays among the firm's rows.
create table reminder_link (
    firm_id       uuid not null references firm,
    token_hash    bytea not null,
    onboarding_id uuid not null,
    person_id     uuid not null references person,
    created_at    timestamptz not null,
    primary key (firm_id, token_hash),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id)
);
