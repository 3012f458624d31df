-- Integrated projects are reconciled in turn.
alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile', 'repair', 'change', 'project',
                    'project_removal', 'project_reconcile'));

alter table project
    add column reconciled_at timestamptz,                -- when the last reconcile ended
    add column events_lost_at timestamptz,               -- so everything is read whole next
    add column trouble text;                             -- why something of it could not be read then
create index project_to_reconcile on project (firm_id, connection_id, reconciled_at)
    where state = 'integrated';
