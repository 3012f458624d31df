-- Entries that say to which connection they belong are found by it: what was compared or tested last.
create index activity_of_connection
    on activity (firm_id, verb, (details ->> 'connection'), activity_id)
    where details ->> 'connection' is not null;
