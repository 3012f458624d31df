-- What installs the app again that a client id belongs to, as Procore told it while it was installed.
alter table credential add column app_version_key text;
