-- What belongs to one project is kept beside what belongs to the company, whose number is 0.
alter table list_reading add column project_id bigint not null default 0;
alter table list_reading
    drop constraint list_reading_pkey,
    add primary key (firm_id, connection_id, project_id, list);

alter table deleted_records add column project_id bigint not null default 0;
alter table deleted_records
    drop constraint deleted_records_pkey,
    add primary key (firm_id, connection_id, data_set, kind, project_id, procore_id);

-- Numbers within a text count as numbers: 9 comes before 10.
create collation by_number (provider = icu, locale = 'en-u-kn-true');

-- A project of the company: what our copy says of it, what we may read in it, and whether it is
-- integrated.
create table project (
    firm_id        uuid not null,
    connection_id  uuid not null,
    project_id     bigint not null, -- Procore's number

    name           text collate by_number not null,
    number         text collate by_number not null,
    stage          text not null,
    is_active      boolean not null,
    is_template    boolean not null, -- or a demonstration
    hidden_at      timestamptz,      -- not shown to us any more, or gone

    look_due_at    timestamptz,      -- when to look at its tools again
    looked_at      timestamptz,
    tools          jsonb,            -- as they were found: [{name, label, level, active}]
    readiness      text not null default 'not_checked',
    reasons        jsonb not null default '[]', -- [{code, tool, found, needed, data_sets}]

    -- null: not integrated. Else queued, integrating, integrated or removing.
    state          text,
    settings       jsonb,            -- what is brought
    queued_at      timestamptz,
    queue_position integer not null default 0,
    integrated_at  timestamptz,
    last_event_at  timestamptz,
    last_copy_at   timestamptz,

    reference      text,             -- the host product's own project

    shown_as text not null generated always as (
        case
            when hidden_at is not null or state is not null and not is_active then 'unavailable'
            when state is not null then 'integrated'
            when not is_active or is_template then 'not_ready'
            else readiness
        end
    ) stored,
    primary key (firm_id, connection_id, project_id),
    check (readiness in ('not_checked', 'ready', 'not_ready')),
    check (state in ('queued', 'integrating', 'integrated', 'removing')),
    check (state is null or settings is not null)
);
create index project_by_number on project (firm_id, connection_id, number, project_id);
create index project_by_name on project (firm_id, connection_id, name, project_id);
create index project_shown_as on project (firm_id, connection_id, shown_as, number, project_id);
create index project_to_look_at on project (firm_id, connection_id, look_due_at)
    where look_due_at is not null;
create index project_queued on project (firm_id, connection_id, queued_at desc, queue_position)
    where state = 'queued';

-- Procore tells of a changed person or company once, not in each project.
create index record_in_projects on record (firm_id, connection_id, kind, procore_id)
    where project_id <> 0;

-- The company's projects are kept in step with our copy, however a record came to change: in the very
-- transaction.
create function project_follows_record() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from project
        where firm_id = old.firm_id and connection_id = old.connection_id
          and project_id = old.procore_id and state is null;
        update project
        set hidden_at = coalesce(hidden_at, now())
        where firm_id = old.firm_id and connection_id = old.connection_id
          and project_id = old.procore_id;
        return null;
    end if;
    insert into project as known (firm_id, connection_id, project_id, name, number, stage, is_active,
                                  is_template, hidden_at)
    values (new.firm_id, new.connection_id, new.procore_id,
            coalesce(new.body ->> 'name', ''),
            coalesce(new.body ->> 'project_number', ''),
            coalesce(new.body -> 'project_stage' ->> 'name', ''),
            new.body -> 'active' is distinct from 'false'::jsonb,
            'true'::jsonb in (new.body -> 'is_demo', new.body -> 'template') is true,
            coalesce(new.gone_at, new.unavailable_at))
    on conflict (firm_id, connection_id, project_id) do update
    set name = excluded.name, number = excluded.number, stage = excluded.stage,
        is_active = excluded.is_active, is_template = excluded.is_template,
        hidden_at = excluded.hidden_at
    where (known.name, known.number, known.stage, known.is_active, known.is_template,
           known.hidden_at)
        is distinct from (excluded.name, excluded.number, excluded.stage, excluded.is_active,
                          excluded.is_template, excluded.hidden_at);
    return null;
end
$$;

create trigger project_follows_record
    after insert or update of body, gone_at, unavailable_at on record
    for each row when (new.kind = 'projects' and new.project_id = 0)
    execute function project_follows_record();
create trigger project_follows_deleted_record
    after delete on record
    for each row when (old.kind = 'projects' and old.project_id = 0)
    execute function project_follows_record();

-- The projects that we know already.
update record set gone_at = gone_at where kind = 'projects';

-- What the host product reads: which project a record is of, 0 for the company's own.
create or replace function concierge_v1.view_of(kind text) returns text
language sql immutable parallel safe as $$
    select case kind
        when 'projects' then 'project'
        when 'project_stages' then 'project_stage'
        when 'project_types' then 'project_type'
        when 'project_regions' then 'project_region'
        when 'users' then 'person'
        when 'vendors' then 'company'
        when 'departments' then 'department'
        when 'offices' then 'office'
        when 'programs' then 'program'
        when 'trades' then 'trade'
        when 'standard_cost_codes' then 'cost_code'
        when 'standard_cost_code_lists' then 'cost_code_list'
        when 'project_users' then 'project_person'
        when 'project_vendors' then 'project_company'
        when 'locations' then 'location'
        when 'rfis' then 'rfi'
        when 'submittals' then 'submittal'
        when 'prime_contracts' then 'prime_contract'
        when 'commitments' then 'commitment'
        when 'change_events' then 'change_event'
        when 'drawing_revisions' then 'drawing_revision'
        when 'meetings' then 'meeting'
    end
$$;

-- By its id a firm is found with the index of changes.
create or replace view concierge_v1.connection as
select coalesce(f.external_reference, f.firm_id::text) as firm,
       f.name as firm_name,
       c.connection_id,
       o.stage as setup,
       c.state,
       concierge_v1.health(c.state, c.paused_at is not null, open.reasons) as health,
       open.reasons,
       c.environment,
       c.company_id,
       c.company_name,
       c.connected_at,
       c.last_sync_at,
       c.paused_at,
       (select max(last.change)
        from (select max(r.change) as change from record r where r.firm_id = f.firm_id
              union all
              select max(d.change) from deleted_records d where d.firm_id = f.firm_id) as last
       ) as change,
       f.firm_id
from firm f
left join lateral (
    select own.connection_id, walk.stage
    from connection own
    left join onboarding walk
        on walk.firm_id = own.firm_id and walk.connection_id = own.connection_id
    where own.firm_id = f.firm_id
    union all
    select null, walk.stage
    from onboarding walk
    where walk.firm_id = f.firm_id and walk.connection_id is null and walk.archived_at is null
) as o on true
left join connection c on c.firm_id = f.firm_id and c.connection_id = o.connection_id
left join lateral (
    select coalesce(array_agg(i.code order by i.since, i.code), '{}') as reasons
    from incident i
    where i.firm_id = c.firm_id and i.connection_id = c.connection_id and i.ended_at is null
) as open on c.connection_id is not null;

drop view concierge_v1.change;
create view concierge_v1.change as
select coalesce(f.external_reference, f.firm_id::text) as firm, f.firm_id,
       it.connection_id, it.change, concierge_v1.view_of(it.kind) as kind, it.project_id, it.procore_id,
       it.deleted, it.body, it.procore_updated_at, it.first_seen_at, it.changed_at, it.gone_at,
       it.unavailable_at
from (
    select firm_id, connection_id, change, kind, project_id, procore_id, false as deleted, body,
           procore_updated_at, first_seen_at, changed_at, gone_at, unavailable_at
    from record
    union all
    select firm_id, connection_id, change, kind, project_id, nullif(procore_id, 0), true, null, null,
           null, deleted_at, null, null
    from deleted_records
) as it
join firm f on f.firm_id = it.firm_id;

create view concierge_v1.project_person as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'first_name') as first_name,
       concierge_v1.as_text(r.body -> 'last_name') as last_name,
       concierge_v1.as_text(r.body -> 'email_address') as email_address,
       concierge_v1.as_text(r.body -> 'job_title') as job_title,
       concierge_v1.as_text(r.body -> 'business_phone') as business_phone,
       concierge_v1.as_text(r.body -> 'mobile_phone') as mobile_phone,
       concierge_v1.as_boolean(r.body -> 'is_active') as is_active,
       concierge_v1.as_boolean(r.body -> 'is_employee') as is_employee,
       concierge_v1.as_text(r.body -> 'employee_id') as employee_id,
       concierge_v1.as_bigint(r.body -> 'vendor' -> 'id') as company_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'project_users';

create view concierge_v1.project_company as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_boolean(r.body -> 'is_active') as is_active,
       concierge_v1.as_text(r.body -> 'email_address') as email_address,
       concierge_v1.as_text(r.body -> 'business_phone') as business_phone,
       concierge_v1.as_text(r.body -> 'website') as website,
       concierge_v1.as_text(r.body -> 'address') as address,
       concierge_v1.as_text(r.body -> 'city') as city,
       concierge_v1.as_text(r.body -> 'state_code') as state_code,
       concierge_v1.as_text(r.body -> 'zip') as zip,
       concierge_v1.as_text(r.body -> 'country_code') as country_code,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'project_vendors';

create view concierge_v1.location as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'node_name') as node_name,
       concierge_v1.as_bigint(r.body -> 'parent_id') as parent_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'locations';

create view concierge_v1.rfi as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'subject') as subject,
       concierge_v1.as_text(r.body -> 'status') as status,
       concierge_v1.as_date(r.body -> 'due_date') as due_date,
       concierge_v1.as_boolean(r.body -> 'private') as private,
       concierge_v1.as_bigint(r.body -> 'assignee' -> 'id') as assignee_id,
       concierge_v1.as_bigint(r.body -> 'responsible_contractor' -> 'id') as responsible_contractor_id,
       concierge_v1.as_bigint(r.body -> 'location_id') as location_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'rfis';

create view concierge_v1.submittal as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'revision') as revision,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'status' -> 'name') as status,
       concierge_v1.as_text(r.body -> 'type' -> 'name') as submittal_type,
       concierge_v1.as_boolean(r.body -> 'current_revision') as current_revision,
       concierge_v1.as_date(r.body -> 'due_date') as due_date,
       concierge_v1.as_boolean(r.body -> 'private') as private,
       concierge_v1.as_bigint(r.body -> 'responsible_contractor' -> 'id') as responsible_contractor_id,
       concierge_v1.as_bigint(r.body -> 'location_id') as location_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'submittals';

create view concierge_v1.prime_contract as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'status') as status,
       concierge_v1.as_boolean(r.body -> 'executed') as executed,
       concierge_v1.as_boolean(r.body -> 'private') as private,
       concierge_v1.as_text(r.body -> 'grand_total') as grand_total,
       concierge_v1.as_date(r.body -> 'contract_date') as contract_date,
       concierge_v1.as_bigint(r.body -> 'vendor' -> 'id') as company_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'prime_contracts';

create view concierge_v1.commitment as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'status') as status,
       concierge_v1.as_text(r.body -> 'type') as commitment_type,
       concierge_v1.as_boolean(r.body -> 'executed') as executed,
       concierge_v1.as_boolean(r.body -> 'private') as private,
       concierge_v1.as_text(r.body -> 'grand_total') as grand_total,
       concierge_v1.as_bigint(r.body -> 'vendor' -> 'id') as company_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'commitments';

create view concierge_v1.change_event as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'status' -> 'name') as status,
       concierge_v1.as_text(r.body -> 'change_type') as change_type,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'change_events';

create view concierge_v1.drawing_revision as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_bigint(r.body -> 'drawing_id') as drawing_id,
       concierge_v1.as_text(r.body -> 'number') as number,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'revision_number') as revision_number,
       concierge_v1.as_text(r.body -> 'discipline' -> 'name') as discipline,
       concierge_v1.as_date(r.body -> 'drawing_date') as drawing_date,
       concierge_v1.as_boolean(r.body -> 'obsolete') as obsolete,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'drawing_revisions';

create view concierge_v1.meeting as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.project_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'title') as title,
       concierge_v1.as_text(r.body -> 'position') as number,
       concierge_v1.as_text(r.body -> 'starts_at') as starts_at,
       concierge_v1.as_text(r.body -> 'location') as location,
       concierge_v1.as_text(r.body -> 'status') as status,
       concierge_v1.as_boolean(r.body -> 'is_private') as is_private,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'meetings';
