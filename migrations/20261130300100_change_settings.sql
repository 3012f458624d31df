-- What a run of the kind `change` brings about. Until it puts them in use, those of the connection hold.
alter table run add column settings jsonb;
alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile', 'repair', 'change'));

-- Once a connection is set up, only checks of the settings in use count. Those of its setup go on
-- counting: a data set may have been left out since.
create or replace function counting_check_run(firm uuid, connection uuid, wanted text)
returns setof check_run language sql stable as $$
    select r.*
    from check_run r
    join credential c
      on c.firm_id = r.firm_id and c.credential_id = r.credential_id and c.state = 'current'
    join connection co on co.firm_id = r.firm_id and co.connection_id = r.connection_id
    join onboarding o on o.firm_id = r.firm_id and o.connection_id = r.connection_id
    where r.firm_id = $1 and r.connection_id = $2 and r.purpose = $3
      and r.set_aside_at is null
      and (r.purpose <> 'permissions' or r.settings = co.settings
           or o.stage in ('completing', 'done')
              and r.started_at <= coalesce(co.connected_at, 'infinity'))
    order by r.started_at desc, r.check_run_id desc
    limit 1
$$;
