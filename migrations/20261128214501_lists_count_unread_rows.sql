-- The same row may stand in a list several times, and each is one that could not be read.
alter table unread_record add column times integer not null default 1;
create index unread_record_by_age on unread_record (last_seen_at);
