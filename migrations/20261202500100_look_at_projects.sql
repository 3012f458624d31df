-- Procore may refuse the one list that shows a project's tools with our levels; two others tell the same.
alter table connection add column project_tools_refused boolean not null default false;

-- A project that is new is looked at as soon as there is room; one that somebody asks for comes first.
update project set look_due_at = 'epoch' where look_due_at is null;
alter table project
    alter column look_due_at set default 'epoch',
    alter column look_due_at set not null,
    add column look_asked_at timestamptz;
drop index project_to_look_at;
create index project_to_look_at on project (firm_id, connection_id, look_due_at);

insert into work (kind, key, firm_id, due_at)
select 'look_at_projects', connection_id, firm_id, now()
from connection
where state = 'connected' and connected_at is not null
on conflict do nothing;
