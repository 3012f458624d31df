-- What is to be done, and when: the only place that says so. Times are the product's clock.
--
-- A row is written in the transaction that causes the work, and is gone when the work is done.
-- While a worker has it, `lease_until` says until when, and `due_at` is null unless somebody asked
-- for it again in the meantime. `key` is the id of a row that says the rest; no row holds more.
create table work (
    kind        text not null,
    key         uuid not null,
    firm_id     uuid references firm,
    due_at      timestamptz,
    lease_until timestamptz,
    -- Counts the leases: whoever held an earlier one changes nothing.
    fence       bigint not null default 0,
    -- Failures in a row; the pause grows with them.
    failures    integer not null default 0,
    primary key (kind, key)
);
create index work_next on work (kind, (coalesce(lease_until, due_at)));
create index work_leased on work (kind, firm_id) where lease_until is not null;

insert into work (kind, key, firm_id, due_at)
select 'completion', run_id, firm_id, due_at from run where state in ('running', 'waiting');
insert into work (kind, key, firm_id, due_at)
select 'checks', check_run_id, firm_id, coalesce(retry_at, started_at) from check_run
where finished_at is null or retry_at is not null;
insert into work (kind, key, firm_id, due_at)
select 'mail', mail_id, firm_id, due_at from mail where state in ('queued', 'sending');

alter table run drop column due_at, drop column lease_until;
alter table check_run drop column deadline_at;
update mail set state = 'queued' where state = 'sending';
alter table mail
    drop column due_at,
    drop constraint mail_state_known,
    add constraint mail_state_known check (state in ('queued', 'sent', 'failed', 'kept'));

-- Who asked for a link to choose a new password, until the mail is written.
create table reset_request (
    reset_request_id uuid primary key,
    email            text not null,
    created_at       timestamptz not null
);

-- The queue of earlier releases.
drop schema if exists graphile_worker cascade;
