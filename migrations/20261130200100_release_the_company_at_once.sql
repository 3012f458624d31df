-- A company is released as soon as its connection ends, so a firm may set it up again while what the
-- old connection created in Procore is being removed.
drop index connection_one_live;
create unique index connection_one_live on connection (firm_id)
    where state not in ('removing', 'disconnected');
delete from company_claim
where firm_id in (select firm_id from connection where state = 'removing')
  and not exists (
      select from connection c
      where c.firm_id = company_claim.firm_id and c.state not in ('removing', 'disconnected')
  );

-- Since when deliveries to a hook's address are refused. The row stays until the hook is removed in
-- Procore, which is known by it.
alter table hook add column closed_at timestamptz;
update hook set closed_at = now()
from connection c
where c.firm_id = hook.firm_id and c.connection_id = hook.connection_id and c.state = 'removing';

-- A credential that is to take the place of the one in use is checked first, one at a time.
create unique index credential_one_candidate on credential (firm_id, connection_id)
    where state = 'candidate';
alter table credential
    drop constraint credential_current_opens,
    drop constraint credential_state_known,
    add constraint credential_opens
        check (state in ('retired', 'refused') or secret is not null),
    add constraint credential_state_known
        check (state in ('candidate', 'current', 'retired', 'refused'));
