-- A webhook moves to another payload version by a second one; while that lasts, both are ours. One that
-- was replaced keeps its row: what it delivered counts, and may still be under way.
alter table hook
    add column payload_version text not null default 'v2.0',
    add column removed_at      timestamptz;
alter table hook alter column payload_version drop default;
drop index hook_one_per_scope;
create unique index hook_one_per_scope on hook (firm_id, connection_id, project_id, payload_version)
    where removed_at is null;
