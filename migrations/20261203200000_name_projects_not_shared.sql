-- Projects of the company that are not shared with us, as Procore names them for our own user; and what the
-- firm says instead where Procore does not tell.
create table project_unshared (
    firm_id       uuid not null,
    connection_id uuid not null,
    project_id    bigint not null,
    name          text collate by_number not null,
    number        text collate by_number not null,
    stage         text not null,
    is_active     boolean not null,
    primary key (firm_id, connection_id, project_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);
create index project_unshared_by_number on project_unshared (firm_id, connection_id, number, project_id);

alter table connection
    add column unshared_due_at timestamptz not null default 'epoch', -- when to ask again
    add column unshared_known_at timestamptz,                        -- when Procore named them last
    add column unshared_refused boolean not null default false,      -- it did not, when it was last asked
    add column own_project_count integer check (own_project_count between 1 and 1000000);
