-- Of what is larger than we keep the beginning is there: support should know that the rest is missing.
alter table unread_event add column is_cut boolean not null default false;
