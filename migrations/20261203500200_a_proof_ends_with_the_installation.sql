-- The vendor's app was uninstalled: what somebody proved while it was installed is over.
alter table credential add column proof_ended_at timestamptz;
