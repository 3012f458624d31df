-- Most readings find a project as it was: then nothing follows.
drop trigger project_follows_record on record;
create trigger project_follows_new_record
    after insert on record
    for each row when (new.kind = 'projects' and new.project_id = 0)
    execute function project_follows_record();
create trigger project_follows_record
    after update of body, gone_at, unavailable_at on record
    for each row when (
        new.kind = 'projects' and new.project_id = 0
        and (old.body_hash, old.gone_at, old.unavailable_at)
            is distinct from (new.body_hash, new.gone_at, new.unavailable_at)
    )
    execute function project_follows_record();
