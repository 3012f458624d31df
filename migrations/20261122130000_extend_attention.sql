-- What support keeps about an onboarding, beside what is derived: who looks after it, until when
-- it shall not come up, and when somebody last wrote to the firm (a mail of ours counts).
alter table attention
    add column assignee_id   uuid references person,
    add column snoozed_until timestamptz,
    add column contacted_at  timestamptz;

-- Notes of support about a case; the firm never sees them.
create table case_note (
    firm_id       uuid not null references firm,
    note_id       uuid not null,
    onboarding_id uuid not null,
    author_id     uuid not null references person,
    author_name   text not null,
    body          text not null,
    written_at    timestamptz not null,
    primary key (firm_id, note_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id)
);
create index case_note_of_case on case_note (firm_id, onboarding_id, note_id);
