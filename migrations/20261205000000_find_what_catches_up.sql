-- Looked for whenever a project is done, among thousands where none has to catch up.
create index project_to_catch_up on project (firm_id, connection_id, project_id)
    where was_away or catches_up;
