-- A completion that needs a person is a task, too.
alter table hand_over
    drop constraint hand_over_step_known,
    add constraint hand_over_step_known
        check (step in ('review', 'credentials', 'verify', 'permissions', 'completing'));
