-- Firms at a step of the setup, each with one admin who is signed in. The token of firm n is
-- `bench-session-{n}`. Sessions were used "just now", so that showing a page writes nothing.
create temporary table seed as
select n,
       ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as firm_id,
       ('00000000-0000-7000-9000-' || lpad(to_hex(n), 12, '0'))::uuid as person_id,
       ('00000000-0000-7000-a000-' || lpad(to_hex(n), 12, '0'))::uuid as onboarding_id,
       now() as now
from generate_series(1, 2000) as n;

insert into firm (firm_id, name, created_at)
select firm_id, 'Harbor & Lane Construction ' || n, now from seed;

insert into person (person_id, name, time_zone, created_at)
select person_id, 'Ada Lovelace', 'America/Chicago', now from seed;

insert into email_address (address, person_id)
select 'ada' || n || '@example.com', person_id from seed;

insert into membership (firm_id, person_id, joined_at)
select firm_id, person_id, now from seed;

-- The last use lies ahead, so that it is not noted again while a measurement goes on.
insert into session (token_hash, session_id, person_id, created_at, last_seen_at, expires_at)
select sha256(convert_to('bench-session-' || n, 'UTF8')), gen_random_uuid(), person_id, now,
       now + interval '12 hours', now + interval '14 days'
from seed;

-- Odd firms have come to the settings; even ones have not begun.
insert into connection (firm_id, connection_id, environment, company_id, access_way, company_name,
                        state, created_at)
select firm_id, onboarding_id, 'production', 5000000 + n, 'own_app', 'Harbor & Lane Construction',
       'setting_up', now
from seed
where n % 2 = 1;

insert into onboarding (firm_id, onboarding_id, stage, connection_id, changed_by, created_at,
                        updated_at)
select firm_id, onboarding_id, 'settings', onboarding_id, 'Ada Lovelace', now, now
from seed
where n % 2 = 1;

insert into onboarding (firm_id, onboarding_id, stage, created_at, updated_at)
select firm_id, onboarding_id, 'review', now, now
from seed
where n % 2 = 0;

insert into queue_line (firm_id, line_id, onboarding_id, firm_name, stage, furthest, situation, waiting_on,
                        since, progress_at, started_at, is_open, needs_person, urgency, urgent_at)
select o.firm_id, onboarding_id, onboarding_id, name, stage, 0, 'in_progress', 'firm',
       o.created_at, updated_at, o.created_at, true, false, 2, updated_at
from onboarding o
join firm using (firm_id);
