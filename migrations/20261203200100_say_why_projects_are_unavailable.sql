-- A project that is integrated and cannot be read any more: what a look found instead, and that it has to catch
-- up once it can be read again. `catches_up`: it has to for another reason, such as a webhook that was altered.
alter table project
    add column away_as text check (away_as in ('inactive', 'refused', 'hidden')),
    add column was_away boolean not null default false,
    add column catches_up boolean not null default false,
    drop column shown_as;
alter table project
    add column shown_as text not null generated always as (
        case
            when hidden_at is not null
                or state is not null and (not is_active or away_as is not null) then 'unavailable'
            when state is not null then 'integrated'
            when not is_active or is_template then 'not_ready'
            else readiness
        end
    ) stored;
create index project_shown_as on project (firm_id, connection_id, shown_as, number, project_id);

-- Where the list of the company's projects says that one went or came, it is looked at next.
create or replace function project_follows_record() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        delete from project
        where firm_id = old.firm_id and connection_id = old.connection_id
          and project_id = old.procore_id and state is null;
        update project
        set hidden_at = coalesce(hidden_at, now()), was_away = true, look_due_at = 'epoch',
            look_requests = look_requests + 1
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
        hidden_at = excluded.hidden_at,
        was_away = known.was_away or known.state is not null
            and (excluded.hidden_at is not null or not excluded.is_active),
        look_requests = known.look_requests + case
            when known.state is not null
                and (known.hidden_at is null, known.is_active)
                    is distinct from (excluded.hidden_at is null, excluded.is_active) then 1
            else 0
        end,
        look_due_at = case
            when known.state is not null
                and (known.hidden_at is null, known.is_active)
                    is distinct from (excluded.hidden_at is null, excluded.is_active) then 'epoch'
            else known.look_due_at
        end
    where (known.name, known.number, known.stage, known.is_active, known.is_template,
           known.hidden_at)
        is distinct from (excluded.name, excluded.number, excluded.stage, excluded.is_active,
                          excluded.is_template, excluded.hidden_at);
    return null;
end
$$;

-- The projects in which a removed firm's webhooks may still be.
alter table removal_access add column projects bigint[] not null default '{}';

-- When Procore was last asked which projects are not shared with us, answered or not, and since when somebody
-- waits for an answer.
alter table connection
    add column unshared_tried_at timestamptz,
    add column unshared_asked_at timestamptz;
