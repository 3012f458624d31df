-- Another app takes a connection over: the webhook of the one before is its own in Procore, so it stays
-- there where that app's access cannot remove it any more. The column names that app's Client ID.
alter table hook add column left_with text;
