-- A look at a project answers the announcements and wishes that it knew of, not those that came meanwhile.
alter table project add column look_requests integer not null default 0;
