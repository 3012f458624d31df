-- New projects are integrated by themselves while there is a row.
create table new_project_wish (
    firm_id       uuid not null,
    connection_id uuid not null,
    wished_by     text not null, -- who turned it on
    wished_at     timestamptz not null,
    told_at       timestamptz,   -- when the firm was last written to about it
    primary key (firm_id, connection_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);

-- A project is new until somebody decides about it, or what is new is counted from the start.
alter table project
    add column is_new boolean not null default true,
    add column by_itself_at timestamptz, -- when it was chosen by itself, while it is integrated
    add column told text,                -- what was last written about it
    add constraint project_told_known check (told in ('integrated', 'stopped', 'waiting'));
update project set is_new = false;
create index project_new on project (firm_id, connection_id) where is_new and state is null;
