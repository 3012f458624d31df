-- A process asks once per credential whose it is; without this it would read the whole table.
create index credential_by_id on credential (credential_id);
