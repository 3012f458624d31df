-- What the watch over idle onboardings keeps. `look_at` is its own due time, null where there is
-- nothing to watch; a change of the line makes it due at once. The rest holds until there is
-- progress: `stalled_at` since when it counts as stalled, `escalated_at` when it was handed to
-- support. Reminders go at most weekly whatever happens, so `reminded_at` stays.
alter table attention
    add column look_at              timestamptz,
    add column stalled_at           timestamptz,
    add column escalated_at         timestamptz,
    add column reminded_at          timestamptz,
    add column reminders            int not null default 0,
    add column reminders_stopped_at timestamptz;

-- Firms that nobody has begun for had no line so far.
insert into attention (firm_id, onboarding_id, stage, reason, waiting_on, since, progress_at)
select firm_id, onboarding_id, stage, 'never_started', 'firm', created_at, updated_at
from onboarding
where archived_at is null and stage = 'review'
on conflict do nothing;

update attention set look_at = progress_at where reason not in ('connected', 'closed');

create index attention_look on attention (look_at) where look_at is not null;
