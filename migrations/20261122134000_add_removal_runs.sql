-- What a setup created in Procore is removed by a run of its own, in the same ledger.
alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known check (kind in ('completion', 'removal'));

-- Checks that count no longer although their credential is in use: the step was opened again.
alter table check_run add column set_aside_at timestamptz;
