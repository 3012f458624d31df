-- What was copied, for the host product: a schema of views that stays as it is across releases (see
-- docs/HOST.md). A release that has to change one adds a schema concierge_v2 beside it. The columns of
-- the views of records follow from `src/catalog/views.rs`; a test compares them.

-- Each change of a record gets a number. Those of one firm become visible in the order of their numbers,
-- so who has read up to a number has missed nothing below it: a number is drawn only while holding a lock of the
-- firm's, which is released by the end of the transaction.
create sequence record_change;

create function lock_changes(firm uuid) returns void language sql as $$
    select pg_advisory_xact_lock(x'6368616e'::integer, hashtext(firm::text))
$$;

create function next_change(firm uuid) returns bigint language plpgsql as $$
begin
    perform lock_changes(firm);
    return nextval('record_change');
end
$$;

alter table record add column change bigint not null default nextval('record_change');
alter table record alter column change drop default;
create index record_by_change on record (firm_id, change);

-- Records that were deleted here: one, or (0) every one of the kind that changed before.
create table deleted_records (
    firm_id       uuid not null,
    connection_id uuid not null,
    data_set      text not null,
    kind          text not null,
    procore_id    bigint not null,
    change        bigint not null,
    deleted_at    timestamptz not null,
    primary key (firm_id, connection_id, data_set, kind, procore_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);
create index deleted_records_by_change on deleted_records (firm_id, change);

-- What a host product calls a firm: by its own reference, or else by our id.
create index firm_by_host_name on firm ((coalesce(external_reference, firm_id::text)));

create schema concierge_v1;

-- A value of Procore's as a type, or null where it is of another.
create function concierge_v1.as_text(value jsonb) returns text language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) in ('string', 'number') then value #>> '{}' end
$$;

create function concierge_v1.as_bigint(value jsonb) returns bigint language sql immutable parallel safe as $$
    select case when value #>> '{}' ~ '^-?[0-9]{1,18}$' then (value #>> '{}')::bigint end
$$;

create function concierge_v1.as_boolean(value jsonb) returns boolean language sql immutable parallel safe as $$
    select case when jsonb_typeof(value) = 'boolean' then value::boolean end
$$;

-- A day that there is: not 30 February.
create function concierge_v1.as_date(value jsonb) returns date language sql immutable parallel safe as $$
    select case when to_char(it.day, 'MM') = substr(value #>> '{}', 6, 2) then it.day end
    from (
        select case when value #>> '{}' ~ '^[1-9][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$'
                    then make_date(left(value #>> '{}', 4)::integer,
                                   substr(value #>> '{}', 6, 2)::integer, 1)
                         + (right(value #>> '{}', 2)::integer - 1)
               end as day
    ) as it
$$;

-- As `connection/health.rs` concludes it; a test compares them.
create function concierge_v1.health(state text, is_paused boolean, reasons text[]) returns text
language sql immutable parallel safe as $$
    select case
        when state is null or state = 'setting_up' then null
        when state <> 'connected' then 'disconnected'
        when is_paused then 'paused'
        when reasons && array['PC-CREDENTIALS', 'PC-ENVIRONMENT', 'PC-NOT-INSTALLED', 'PC-COMPANY',
                              'PC-TAKEN'] then 'broken'
        when reasons <> '{}' then 'degraded'
        else 'healthy'
    end
$$;

create view concierge_v1.connection as
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
       ) as change
from firm f
left join connection c on c.firm_id = f.firm_id
left join onboarding o
    on o.firm_id = f.firm_id
    and (o.connection_id = c.connection_id or c.connection_id is null and o.archived_at is null)
left join lateral (
    select coalesce(array_agg(i.code order by i.since, i.code), '{}') as reasons
    from incident i
    where i.firm_id = c.firm_id and i.connection_id = c.connection_id and i.ended_at is null
) as open on c.connection_id is not null;

-- The name of the view that shows the records of a kind.
create function concierge_v1.view_of(kind text) returns text language sql immutable parallel safe as $$
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
    end
$$;

-- Every record, and what was deleted here, with the number of its last change.
create view concierge_v1.change as
select coalesce(f.external_reference, f.firm_id::text) as firm,
       it.connection_id, it.change, concierge_v1.view_of(it.kind) as kind, it.procore_id, it.deleted,
       it.body, it.procore_updated_at, it.first_seen_at, it.changed_at, it.gone_at, it.unavailable_at
from (
    select firm_id, connection_id, change, kind, procore_id, false as deleted, body, procore_updated_at,
           first_seen_at, changed_at, gone_at, unavailable_at
    from record
    union all
    select firm_id, connection_id, change, kind, nullif(procore_id, 0), true, null, null, null, deleted_at,
           null, null
    from deleted_records
) as it
join firm f on f.firm_id = it.firm_id;

create view concierge_v1.project as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'display_name') as display_name,
       concierge_v1.as_text(r.body -> 'project_number') as project_number,
       concierge_v1.as_boolean(r.body -> 'active') as active,
       concierge_v1.as_text(r.body -> 'address') as address,
       concierge_v1.as_text(r.body -> 'city') as city,
       concierge_v1.as_text(r.body -> 'state_code') as state_code,
       concierge_v1.as_text(r.body -> 'zip') as zip,
       concierge_v1.as_text(r.body -> 'country_code') as country_code,
       concierge_v1.as_date(r.body -> 'start_date') as start_date,
       concierge_v1.as_date(r.body -> 'completion_date') as completion_date,
       concierge_v1.as_bigint(r.body -> 'project_stage' -> 'id') as project_stage_id,
       concierge_v1.as_bigint(r.body -> 'project_type' -> 'id') as project_type_id,
       concierge_v1.as_bigint(r.body -> 'project_region' -> 'id') as project_region_id,
       concierge_v1.as_bigint(r.body -> 'office' -> 'id') as office_id,
       concierge_v1.as_bigint(r.body -> 'program' -> 'id') as program_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'projects';

create view concierge_v1.project_stage as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'category') as category,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'project_stages';

create view concierge_v1.project_type as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'project_types';

create view concierge_v1.project_region as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'project_regions';

create view concierge_v1.person as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
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
where r.kind = 'users';

create view concierge_v1.company as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
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
where r.kind = 'vendors';

create view concierge_v1.department as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'departments';

create view concierge_v1.office as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'phone') as phone,
       concierge_v1.as_text(r.body -> 'address') as address,
       concierge_v1.as_text(r.body -> 'city') as city,
       concierge_v1.as_text(r.body -> 'state_code') as state_code,
       concierge_v1.as_text(r.body -> 'zip') as zip,
       concierge_v1.as_text(r.body -> 'country_code') as country_code,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'offices';

create view concierge_v1.program as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'programs';

create view concierge_v1.trade as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_boolean(r.body -> 'active') as active,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'trades';

create view concierge_v1.cost_code as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       concierge_v1.as_text(r.body -> 'code') as code,
       concierge_v1.as_text(r.body -> 'full_code') as full_code,
       concierge_v1.as_bigint(r.body -> 'parent_id') as parent_id,
       concierge_v1.as_bigint(r.body -> 'standard_cost_code_list_id') as cost_code_list_id,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'standard_cost_codes';

create view concierge_v1.cost_code_list as
select coalesce(f.external_reference, f.firm_id::text) as firm, r.connection_id, r.procore_id,
       concierge_v1.as_text(r.body -> 'name') as name,
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change
from record r
join firm f on f.firm_id = r.firm_id
where r.kind = 'standard_cost_code_lists';
