-- A consent that support recorded begins after the firm could read the mail about it.
alter table support_consent add column begins_at timestamptz;
update support_consent set begins_at = recorded_at;
alter table support_consent alter column begins_at set not null;
