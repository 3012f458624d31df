-- {n} firms with an onboarding each, in the states that such a queue has: six of ten connected, one
-- closed, three open. One support person, signed in all the way, whose token is
-- `bench-session-support`.
--
-- Triggers and foreign keys rest meanwhile: a million rows one by one take an hour. What they
-- would have written follows.
set session_replication_role = replica;

create temporary table seed as
select n,
       ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid as firm_id,
       ('00000000-0000-7000-c000-' || lpad(to_hex(n), 12, '0'))::uuid as onboarding_id,
       abs(hashint4(n)) % 1000 as kind,
       abs(hashint4(n + 7)) as chance,
       now() - abs(hashint4(n + 13)) % 60000000 * interval '1 second' as moved_at,
       (array['Acme', 'Harbor', 'Granite', 'Summit', 'River', 'Pioneer', 'Atlas', 'Keystone'])[1 + n % 8]
           || ' ' || (array['Builders', 'Construction', 'Homes', 'Civil'])[1 + n / 8 % 4] || ' ' || n as name
from generate_series(1, {n}) as n;

insert into firm (firm_id, name, created_at) select firm_id, name, moved_at from seed;
insert into firm_word (word, firm_id)
select distinct word, firm_id from seed, regexp_split_to_table(lower(name), ' ') as word;
insert into onboarding (firm_id, onboarding_id, stage, created_at, updated_at)
select firm_id, onboarding_id, 'verify', moved_at, moved_at from seed;

insert into queue_line (firm_id, line_id, onboarding_id, firm_name, company_id, stage, situation, reason,
                        waiting_on, since, progress_at, started_at, furthest, due_at, assignee_id,
                        contacted_at, completed_at, is_open, needs_person, urgency, urgent_at)
select s.firm_id, s.onboarding_id, s.onboarding_id, s.name, 5000000 + s.n, k.stage, k.situation, k.reason,
       k.waiting_on, s.moved_at, s.moved_at, s.moved_at - interval '5 days', k.furthest, due.at,
       case when s.chance % 7 = 0 then '00000000-0000-7000-d000-000000000000'::uuid end,
       case when s.chance % 3 = 0 then s.moved_at end,
       case when k.situation = 'connected' then s.moved_at end,
       k.urgency < 4, k.urgency = 1,
       case when due.at is null then k.urgency else 0 end, coalesce(due.at, s.moved_at)
from seed s
join (values
    (0, 600, 'done', 'connected', null, 'nobody', 7, 4),
    (600, 700, 'verify', 'closed', null, 'nobody', 2, 4),
    (700, 800, 'review', 'never_started', null, 'firm', 0, 2),
    (800, 900, 'settings', 'in_progress', null, 'firm', 3, 2),
    (900, 930, 'verify', 'key_rejected', 'PC-CREDENTIALS', 'firm', 2, 1),
    (930, 950, 'verify', 'app_not_installed', 'PC-NOT-INSTALLED', 'procore_admin', 2, 1),
    (950, 970, 'permissions', 'level_too_low', 'PC-LEVEL:directory', 'procore_admin', 4, 1),
    (970, 985, 'permissions', 'no_projects', 'PC-NO-PROJECTS', 'procore_admin', 4, 1),
    (985, 995, 'completing', 'completion_needs_person', 'PC-CREDENTIALS', 'firm', 6, 1),
    (995, 1000, 'verify', 'procore_outage', 'PC-UNREACHABLE', 'procore', 2, 2)
) as k (low, high, stage, situation, reason, waiting_on, furthest, urgency)
  on s.kind >= k.low and s.kind < k.high
cross join lateral (
    select case when k.urgency < 4 and s.chance % 20 = 0
                then now() + (s.chance % 30 - 10) * interval '1 hour' end as at
) due;

truncate queue_tally;
insert into queue_tally (situation, amount) select situation, count(*) from queue_line group by situation;

insert into person (person_id, name, support_role, second_factor, second_factor_at, created_at)
values ('00000000-0000-7000-d000-000000000000', 'Sam Reyes', 'staff', '\x00', now(), now());
insert into email_address (address, person_id)
values ('sam@example.com', '00000000-0000-7000-d000-000000000000');
insert into session (token_hash, session_id, person_id, created_at, last_seen_at, expires_at,
                     second_factor_at)
values (sha256('bench-session-support'), gen_random_uuid(), '00000000-0000-7000-d000-000000000000',
        now(), now() + interval '12 hours', now() + interval '14 days', now());

set session_replication_role = origin;
