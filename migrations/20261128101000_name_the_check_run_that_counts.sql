-- Which run of checks counts: the newest of the credential in use that was not set aside.
-- Permissions that were checked for another choice say nothing about this one; once the plan is
-- confirmed, what is left out afterwards changes nothing about what was found. A function, so that
-- the rule stands here alone; it is one plain query, which the planner takes into the caller's.
create function counting_check_run(firm uuid, onboarding uuid, wanted text) returns setof check_run
language sql stable as $$
    select r.*
    from check_run r
    join credential c
      on c.firm_id = r.firm_id and c.credential_id = r.credential_id and c.state = 'current'
    join onboarding o on o.firm_id = r.firm_id and o.onboarding_id = r.onboarding_id
    where r.firm_id = $1 and r.onboarding_id = $2 and r.purpose = $3
      and r.set_aside_at is null
      and (r.purpose <> 'permissions' or r.settings = o.settings
           or o.stage in ('completing', 'done'))
    order by r.started_at desc, r.check_run_id desc
    limit 1
$$;
