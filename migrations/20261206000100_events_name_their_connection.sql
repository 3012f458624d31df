-- A connection has a webhook for each of thousands of projects. With the connection in the index, what is due is
-- found without asking webhook by webhook.
alter table event add column connection_id uuid;
update event set connection_id = hook.connection_id
from hook
where hook.firm_id = event.firm_id and hook.hook_id = event.hook_id;
-- Events of webhooks that were forgotten with their connection: nothing reads them any more.
delete from event where connection_id is null;
alter table event alter column connection_id set not null;
drop index event_due;
create index event_due on event (firm_id, connection_id, due_at) where handled_at is null;
