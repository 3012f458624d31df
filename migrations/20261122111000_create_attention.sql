-- One row per onboarding: where it stands and what it waits for. Every flow writes it in its own
-- transaction, so that the queue page only reads an index.
create table attention (
    firm_id        uuid not null references firm,
    onboarding_id  uuid not null,
    stage          text not null,
    -- The derived reason, its code where Procore gave one, and whom it waits for.
    reason         text not null,
    code           text,
    waiting_on     text not null
        constraint attention_waiting_on_known
        check (waiting_on in ('firm', 'procore_admin', 'us', 'procore', 'nobody')),
    -- Since when this reason holds; since when nothing moved.
    since          timestamptz not null,
    progress_at    timestamptz not null,
    due_at         timestamptz,
    primary key (firm_id, onboarding_id),
    foreign key (firm_id, onboarding_id) references onboarding (firm_id, onboarding_id)
);
