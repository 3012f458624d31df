-- The host product's own references of projects: a file of them is kept until it is saved, since what it
-- changes is shown first.
create table reference_file (
    firm_id       uuid not null,
    connection_id uuid not null,
    file_id       uuid not null,
    rows          jsonb not null, -- as they were read: [{line, id, number, name, reference}]
    uploaded_at   timestamptz not null,
    primary key (firm_id, connection_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);

-- The new column stands at the end: what reads the view by its columns reads what it read before.
create or replace view concierge_v1.project as
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
       r.body, r.procore_updated_at, r.first_seen_at, r.changed_at, r.gone_at, r.unavailable_at, r.change,
       p.reference
from record r
join firm f on f.firm_id = r.firm_id
left join project p
    on p.firm_id = r.firm_id and p.connection_id = r.connection_id and p.project_id = r.procore_id
where r.kind = 'projects';
