-- A consent that support recorded begins a while after a mail about it left, unless a lead recorded
-- or confirmed it: so when is known later, or never.
alter table support_consent alter column begins_at drop not null;
alter table support_consent add column mails uuid[] not null default '{}';
alter table support_consent add column confirmed_by text;
