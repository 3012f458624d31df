-- What the firm ticked of the tasks in Procore, and since when Procore reviews its app.
alter table onboarding
    add column tasks_done text[] not null default '{}',
    add column approval_pending_since timestamptz;
