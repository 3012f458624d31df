-- A line of support's queue belongs to a firm and says what it is about: an onboarding, a
-- connection, or both. What the lines say is concluded by the program alone
-- (onboarding/queue_line.rs); the table keeps it in plain columns, so that a new situation needs no
-- migration.

alter table attention rename to queue_line;

-- One word for why it is where it is, and the published reason beside it.
alter table queue_line drop constraint attention_waiting_on_known;
alter table queue_line
    alter column is_open drop expression,
    alter column needs_person drop expression,
    alter column urgency drop expression,
    alter column urgent_at drop expression;
alter table queue_line drop column reason;
alter table queue_line rename column cause to situation;
alter table queue_line rename column code to reason;
alter table queue_line rename column look_at to watch_at;
alter table queue_line rename column turn to revision;
-- Nothing reads how many reminders there were; activity tells.
alter table queue_line drop column reminders;
-- Every line is written whole.
alter table queue_line
    alter column firm_name drop default,
    alter column situation drop default,
    alter column started_at drop default,
    alter column furthest drop default;

-- A line is known by the id of what it is about: of its onboarding, or else of its connection.
alter table queue_line
    add column line_id       uuid,
    add column connection_id uuid,
    add foreign key (firm_id, connection_id) references connection (firm_id, connection_id);
update queue_line set line_id = onboarding_id;
update queue_line l set connection_id = o.connection_id
from onboarding o
where o.firm_id = l.firm_id and o.onboarding_id = l.onboarding_id;
alter table queue_line
    alter column line_id set not null,
    drop constraint attention_pkey,
    add constraint queue_line_pkey primary key (firm_id, line_id),
    alter column onboarding_id drop not null,
    add constraint queue_line_is_about_something
        check (num_nonnulls(onboarding_id, connection_id) > 0);
create unique index queue_line_of_connection on queue_line (firm_id, connection_id)
    where onboarding_id is null;

-- The watch ends the snoozes, so nothing else looks for them. The others serve on, with the line's
-- id to break ties; the names follow the table's.
drop index attention_snoozed;
drop index attention_by_urgency, attention_by_cause, attention_by_stage, attention_by_party,
    attention_by_assignee, attention_by_firm, attention_by_progress, attention_by_due,
    attention_by_contact, attention_by_completion;
create index queue_line_by_urgency on queue_line (urgency, urgent_at, line_id);
create index queue_line_by_situation on queue_line (situation, urgency, urgent_at, line_id);
create index queue_line_by_stage on queue_line (stage, urgency, urgent_at, line_id);
create index queue_line_by_party on queue_line (waiting_on, urgency, urgent_at, line_id);
create index queue_line_by_assignee on queue_line (assignee_id, urgency, urgent_at, line_id)
    where assignee_id is not null;
create index queue_line_by_firm on queue_line (is_open, firm_key, line_id);
create index queue_line_by_progress on queue_line (is_open, progress_at, line_id);
create index queue_line_by_due on queue_line (is_open, coalesce(due_at, 'infinity'), line_id);
create index queue_line_by_contact on queue_line (is_open, coalesce(contacted_at, '-infinity'), line_id);
create index queue_line_by_completion on queue_line (completed_at, line_id) include (started_at)
    where completed_at is not null;
alter index attention_idle rename to queue_line_idle;
alter index attention_by_start rename to queue_line_by_start;
alter index attention_company rename to queue_line_of_company;
alter index attention_look rename to queue_line_watch;

alter table attention_tally rename to queue_tally;
alter table queue_tally rename column cause to situation;
alter trigger attention_tallied on queue_line rename to queue_line_tallied;
alter trigger attention_tallied_anew on queue_line rename to queue_line_tallied_again;
alter function tally_attention() rename to tally_queue_line;
create or replace function tally_queue_line() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into queue_tally (situation, amount) values (old.situation, -1);
    end if;
    if tg_op <> 'DELETE' then
        insert into queue_tally (situation, amount) values (new.situation, 1);
    end if;
    return null;
end
$$;

-- A snooze that runs out is the watch's from here on.
update queue_line set watch_at = least(watch_at, snoozed_until) where snoozed_until is not null;
