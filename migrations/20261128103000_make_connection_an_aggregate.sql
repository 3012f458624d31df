-- A connection exists from the first saved details on: company, way of access and settings lie here
-- alone, and the onboarding points to it. Credentials, checks, runs, hooks and records hang on it.

alter table integration rename to connection;
alter table connection rename column integration_id to connection_id;
alter table connection rename constraint integration_pkey to connection_pkey;
alter table connection rename constraint integration_state_known to connection_state_known;
alter index integration_one_live rename to connection_one_live;
alter table connection
    alter column company_name drop not null,
    alter column settings drop not null,
    add column access_way text
        constraint connection_access_way_known check (access_way in ('own_app', 'legacy_account'));

-- A setup that was closed and opened again had one row for each completion; the newest stays.
create temporary table newest_connection as
select distinct on (firm_id, onboarding_id) firm_id, onboarding_id, connection_id
from connection
order by firm_id, onboarding_id, created_at desc, connection_id desc;

update run set integration_id = newest.connection_id
from newest_connection newest
where newest.firm_id = run.firm_id and newest.onboarding_id = run.onboarding_id;

delete from connection c
using newest_connection newest
where newest.firm_id = c.firm_id and newest.onboarding_id = c.onboarding_id
  and newest.connection_id <> c.connection_id;
drop table newest_connection;

-- A removal used to run under a connection that was called disconnected from its beginning on.
alter table connection drop constraint connection_state_known;
update connection c set state = 'removing'
from run
where run.firm_id = c.firm_id and run.integration_id = c.connection_id
  and run.kind = 'removal' and run.state not in ('done', 'abandoned');
alter table connection add constraint connection_state_known
    check (state in ('setting_up', 'connected', 'removing', 'disconnected'));

update connection c set access_way = o.access_way
from onboarding o
where o.firm_id = c.firm_id and o.onboarding_id = c.onboarding_id;

-- A setup that was closed in the middle and opened again is under way, and what was entered since then
-- lies in the onboarding alone.
update connection c
set environment = o.environment, company_id = o.company_id, company_name = o.company_name,
    settings = o.settings, state = 'setting_up', connected_at = null
from onboarding o
where o.firm_id = c.firm_id and o.onboarding_id = c.onboarding_id
  and o.archived_at is null and c.state = 'disconnected'
  and o.environment is not null and o.company_id is not null;

alter table connection drop column credential_id;
insert into connection (firm_id, connection_id, onboarding_id, environment, company_id, company_name,
                        access_way, settings, state, created_at)
select o.firm_id, gen_random_uuid(), o.onboarding_id, o.environment, o.company_id, o.company_name,
       o.access_way, o.settings,
       case when o.archived_at is null then 'setting_up' else 'disconnected' end,
       coalesce(
           (select min(created_at) from credential
            where credential.firm_id = o.firm_id and credential.onboarding_id = o.onboarding_id),
           o.updated_at)
from onboarding o
where o.environment is not null and o.company_id is not null and o.access_way is not null
  and not exists (
      select from connection c where c.firm_id = o.firm_id and c.onboarding_id = o.onboarding_id
  );
alter table connection alter column access_way set not null;

alter table onboarding add column connection_id uuid;
update onboarding o set connection_id = c.connection_id
from connection c
where c.firm_id = o.firm_id and c.onboarding_id = o.onboarding_id;
alter table onboarding
    add foreign key (firm_id, connection_id) references connection (firm_id, connection_id);
create unique index onboarding_of_connection on onboarding (firm_id, connection_id)
    where connection_id is not null;

alter table credential add column connection_id uuid;
update credential set connection_id = o.connection_id
from onboarding o
where o.firm_id = credential.firm_id and o.onboarding_id = credential.onboarding_id;
alter table credential
    alter column connection_id set not null,
    add foreign key (firm_id, connection_id) references connection (firm_id, connection_id),
    add constraint credential_current_opens check (state <> 'current' or secret is not null),
    drop column onboarding_id,
    drop column environment,
    drop column company_id;
create unique index credential_one_current on credential (firm_id, connection_id)
    where state = 'current';

drop function counting_check_run;
alter table check_run add column connection_id uuid;
update check_run set connection_id = o.connection_id
from onboarding o
where o.firm_id = check_run.firm_id and o.onboarding_id = check_run.onboarding_id;
alter table check_run
    alter column connection_id set not null,
    add foreign key (firm_id, connection_id) references connection (firm_id, connection_id),
    drop column onboarding_id;
create index check_run_newest on check_run (firm_id, connection_id, purpose, started_at desc);
-- As before, by the connection.
create function counting_check_run(firm uuid, connection uuid, wanted text) returns setof check_run
language sql stable as $$
    select r.*
    from check_run r
    join credential c
      on c.firm_id = r.firm_id and c.credential_id = r.credential_id and c.state = 'current'
    join connection co on co.firm_id = r.firm_id and co.connection_id = r.connection_id
    join onboarding o on o.firm_id = r.firm_id and o.connection_id = r.connection_id
    where r.firm_id = $1 and r.connection_id = $2 and r.purpose = $3
      and r.set_aside_at is null
      and (r.purpose <> 'permissions' or r.settings = co.settings
           or o.stage in ('completing', 'done'))
    order by r.started_at desc, r.check_run_id desc
    limit 1
$$;

-- One open run for each key: one of the company, one of each project, and a removal may stand side
-- by side.
alter table run rename column integration_id to connection_id;
alter table run
    add column project_id bigint, -- null for the company
    drop column onboarding_id;
drop index run_one_open;
create unique index run_one_open on run (firm_id, connection_id, project_id, kind) nulls not distinct
    where state not in ('done', 'abandoned');
create index run_newest on run (firm_id, connection_id, started_at desc);

alter table hook rename column integration_id to connection_id;
alter table record rename column integration_id to connection_id;

alter table connection drop column onboarding_id;
alter table onboarding
    drop column access_way,
    drop column environment,
    drop column company_id,
    drop column company_name,
    drop column settings;
