-- A firm that sets up again after it disconnected is shown with that setup, beside its old connection.
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
       ) as change
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
