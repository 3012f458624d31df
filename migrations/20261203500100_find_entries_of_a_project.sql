-- The page of a project shows its entries.
create index activity_of_project
    on activity (firm_id, (details ->> 'project'), activity_id)
    where details ->> 'project' is not null;
