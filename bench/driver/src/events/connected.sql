-- Connected firms as the vendor's own app connects them: no secret has to be sealed for each. Firm n has
-- the company of the same number; its next reconcile is days away.
create temporary table connected as
select n, company_id, now() as now,
       ('00000000-0000-7000-b000-' || lpad(to_hex(n), 12, '0'))::uuid as id
from (select n, 8000000 + n::bigint as company_id from generate_series($FROM, $TO) as n) as numbers;

insert into firm (firm_id, name, created_at)
select id, 'Pier & Sons ' || n, now from connected;

insert into connection (firm_id, connection_id, environment, company_id, access_way, company_name,
                        settings, state, created_at, connected_at)
select id, id, 'production', company_id, 'vendor_app', 'Pier & Sons', '[{"data_set": "vendors"}]',
       'connected', now, now
from connected;

insert into company_claim (environment, company_id, firm_id, claimed_at)
select 'production', company_id, id, now from connected;

insert into credential (firm_id, credential_id, connection_id, client_id, state, created_by, created_at,
                        proven_environment, proven_company_id, proven_by, proven_name, proven_login)
select id, id, id, '$CLIENT', 'current', 'Ada Lovelace', now,
       'production', company_id, 1, 'Ada Lovelace', 'ada@example.com'
from connected;

insert into onboarding (firm_id, onboarding_id, stage, connection_id, changed_by, created_at, updated_at)
select id, id, 'done', id, 'Ada Lovelace', now, now from connected;

insert into queue_line (firm_id, line_id, onboarding_id, firm_name, stage, furthest, situation, waiting_on,
                        since, progress_at, started_at, is_open, needs_person, urgency, urgent_at,
                        completed_at)
select id, id, id, 'Pier & Sons ' || n, 'done', 7, 'connected', 'nobody', now, now, now, false, false, 9,
       now, now
from connected;

insert into list_reading (firm_id, connection_id, list, tried_at, complete_at, caught_up_at)
select id, id, 'vendors', now, now, now from connected;

-- They have no webhook in Procore, so nobody looks for one.
insert into probe (firm_id, connection_id, subject, looked_at)
select id, id, subject,
       case when subject in ('webhook', 'deliveries') then now + interval '30 days' else now end
from connected, unnest(array['access', 'permissions', 'projects', 'webhook', 'deliveries',
                             'installation', 'copy']) as subject;

insert into work (kind, key, firm_id, due_at)
select kind, id, id, now + interval '3 days'
from connected, unnest(array['watch_connection', 'reconcile']) as kind;

drop table connected;
