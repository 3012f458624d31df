alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile', 'repair', 'change', 'project',
                    'project_removal'));
