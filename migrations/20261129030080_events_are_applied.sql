-- What became of an event, and when it is worked on next, while it waits. Events from before are
-- applied like new ones.
alter table event
    add column due_at  timestamptz,
    add column tries   smallint not null default 0, -- how often Procore did not show the record yet
    add column outcome text;
update event set due_at = received_at where handled_at is null;
create index event_due on event (firm_id, hook_id, due_at) where handled_at is null;

-- When the answer was asked for that a record's contents come from: what was asked for earlier and
-- is answered late changes nothing. And since when Procore does not show the record, without saying
-- that it was deleted.
alter table record
    add column as_of          timestamptz,
    add column unavailable_at timestamptz;
update record set as_of = last_seen_at;
alter table record alter column as_of set not null;
