-- People on their way to Procore and back, and for half an hour what they proved there. What Procore
-- sends along, and what the browser keeps, is known here by its hash alone.
create table procore_sign_in (
    firm_id       uuid not null references firm,
    sign_in_id    uuid not null,
    onboarding_id uuid not null,
    environment   text not null,
    -- The session or the link in which it began, and which alone can end it.
    session_id    uuid references session (session_id) on delete cascade,
    hand_over_id  uuid,
    state_hash    bytea not null,
    browser_hash  bytea not null,
    created_at    timestamptz not null,
    returned_at   timestamptz,
    expires_at    timestamptz not null,
    person_id     bigint,
    person_name   text,
    person_login  text,
    companies     jsonb,
    primary key (firm_id, sign_in_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id),
    foreign key (firm_id, hand_over_id) references hand_over (firm_id, hand_over_id),
    constraint procore_sign_in_has_holder check ((session_id is null) <> (hand_over_id is null)),
    constraint procore_sign_in_whole
        check (num_nulls(person_id, person_name, person_login, companies) in (0, 4))
);
create unique index procore_sign_in_by_state on procore_sign_in (state_hash);
create index procore_sign_in_by_session on procore_sign_in (session_id) where session_id is not null;
create index procore_sign_in_over on procore_sign_in (expires_at);

-- Which projects the person who proved the company sees there: those that are not shared with us are told.
create table project_seen (
    firm_id       uuid not null,
    connection_id uuid not null,
    project_id    bigint not null,
    name          text not null,
    number        text,
    seen_at       timestamptz not null,
    primary key (firm_id, connection_id, project_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);
