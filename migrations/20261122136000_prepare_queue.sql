-- What the queue of support shows, sorts, filters and searches by lies in `attention` itself, so
-- that a page reads one index and fifty rows of one table, whether there are ten thousand
-- onboardings or a million.

alter table attention
    -- As the queue shows and sorts them; copied by whoever rewrites the line.
    add column firm_name    text not null default '',
    add column company_id   bigint,
    -- The one plain line that the queue is counted and filtered by.
    add column cause        text not null default 'in_progress',
    -- For the figures: when the firm began, the furthest stage it ever reached (its place in the
    -- order of the stages, from 0), and when Procore was connected.
    add column started_at   timestamptz not null default now(),
    add column furthest     smallint not null default 0,
    add column completed_at timestamptz;

update attention a
set firm_name = f.name,
    company_id = o.company_id,
    started_at = o.created_at,
    furthest = array_position(
        array['review', 'credentials', 'verify', 'settings', 'permissions', 'complete', 'completing', 'done'],
        a.stage) - 1,
    completed_at = case when a.reason = 'connected' then a.since end,
    cause = case a.reason
        when 'handed_over' then 'waiting_for_admin'
        when 'procore_away' then case when a.stage = 'completing' then 'completion_waiting' else 'procore_outage' end
        when 'check_failed' then case split_part(coalesce(a.code, ''), ':', 1)
            when 'PC-CREDENTIALS' then 'key_rejected'
            when 'PC-ENVIRONMENT' then 'wrong_environment'
            when 'PC-NOT-INSTALLED' then 'app_not_installed'
            when 'PC-COMPANY' then 'company_not_found'
            when 'PC-TAKEN' then 'company_taken'
            when 'PC-LEVEL' then 'level_too_low'
            when 'PC-WEBHOOK-LEVEL' then 'level_too_low'
            when 'PC-NO-PROJECTS' then 'no_projects'
            when 'PC-PROJECT-TOOL' then 'project_tool'
            when 'PC-HIDDEN' then 'hidden'
            else 'unknown_answer'
        end
        else a.reason
    end
from firm f, onboarding o
where f.firm_id = a.firm_id and o.firm_id = a.firm_id and o.onboarding_id = a.onboarding_id;

-- The order of urgency: 0 has a due time, 1 needs a person, 2 moves or idles, 3 sleeps until a date,
-- 4 is over. Within it: the due time; since when nothing moved; the date; since when it is over.
-- Generated, so that it is true whoever writes the columns that it follows from.
alter table attention
    add column is_open boolean not null generated always as (reason not in ('connected', 'closed')) stored,
    add column needs_person boolean not null generated always as (
        reason in ('check_failed', 'completion_needs_person')
        or (waiting_on = 'us' and reason not in ('connected', 'closed'))
    ) stored,
    add column urgency smallint not null generated always as (
        case
            when reason in ('connected', 'closed') then 4
            when snoozed_until is not null then 3
            when due_at is not null then 0
            when reason in ('check_failed', 'completion_needs_person') or waiting_on = 'us' then 1
            else 2
        end
    ) stored,
    add column urgent_at timestamptz not null generated always as (
        case
            when reason in ('connected', 'closed') then since
            when snoozed_until is not null then snoozed_until
            when due_at is not null then due_at
            else progress_at
        end
    ) stored,
    -- Upper and lower case sort together, the same on every machine.
    add column firm_key text collate "C" not null generated always as (lower(firm_name)) stored;

-- In order of urgency, as a whole and under each filter.
create index attention_by_urgency on attention (urgency, urgent_at, onboarding_id);
create index attention_by_cause on attention (cause, urgency, urgent_at, onboarding_id);
create index attention_by_stage on attention (stage, urgency, urgent_at, onboarding_id);
create index attention_by_party on attention (waiting_on, urgency, urgent_at, onboarding_id);
create index attention_by_assignee on attention (assignee_id, urgency, urgent_at, onboarding_id)
    where assignee_id is not null;
-- In the other orders.
create index attention_by_firm on attention (is_open, firm_key, onboarding_id);
create index attention_by_progress on attention (is_open, progress_at, onboarding_id);
create index attention_by_due on attention (is_open, coalesce(due_at, 'infinity'), onboarding_id);
create index attention_by_contact on attention (is_open, coalesce(contacted_at, '-infinity'), onboarding_id);
create index attention_by_completion on attention (completed_at, onboarding_id) include (started_at)
    where completed_at is not null;
-- Who idles is a matter of time, so those are counted, up to a thousand.
create index attention_idle on attention (progress_at) where cause = 'in_progress';
-- What the sweep wakes.
create index attention_snoozed on attention (snoozed_until) where snoozed_until is not null;
-- The figures of a period.
create index attention_by_start on attention (started_at) include (furthest, cause, progress_at, completed_at);

-- How many lines have which cause: a row for each change, added up when it is read and folded
-- together from time to time. One counter per cause would make every flow wait for every other.
create table attention_tally (
    tally_id bigint generated always as identity primary key,
    cause    text not null,
    amount   bigint not null
);
insert into attention_tally (cause, amount) select cause, count(*) from attention group by cause;

create function tally_attention() returns trigger language plpgsql as $$
begin
    if tg_op <> 'INSERT' then
        insert into attention_tally (cause, amount) values (old.cause, -1);
    end if;
    if tg_op <> 'DELETE' then
        insert into attention_tally (cause, amount) values (new.cause, 1);
    end if;
    return null;
end
$$;
create trigger attention_tallied after insert or delete on attention
    for each row execute function tally_attention();
create trigger attention_tallied_anew after update on attention
    for each row when (old.cause is distinct from new.cause) execute function tally_attention();

-- Search by the beginnings of words. A firm's words are those of its name, in lower case.
create table firm_word (
    word    text collate "C" not null,
    firm_id uuid not null references firm,
    primary key (word, firm_id)
);
create index firm_word_of_firm on firm_word (firm_id, word);
insert into firm_word (word, firm_id)
select distinct word, firm_id
from firm, regexp_split_to_table(lower(name), '[^[:alnum:]]+') as word
where word <> '';

create index attention_company on attention ((company_id::text) collate "C") where company_id is not null;
create index email_address_prefix on email_address (address collate "C");
create index person_link_prefix on person_link (address collate "C")
    where kind = 'invitation' and firm_id is not null and used_at is null and ended_at is null;
