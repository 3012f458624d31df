-- A record that an event announced may never have stood in a list that we read.
alter table record add column listed boolean not null default true;
