-- How many projects a connection has in which state, so that a page of the board costs the same with a hundred
-- projects and with ten thousand. Each change is a row, added up when it is read and folded into the counts from
-- time to time: one counter per state would make everything that reads projects wait for everything else.
create table project_count (
    firm_id       uuid not null,
    connection_id uuid not null,
    shown_as      text not null,
    state         text not null,    -- '' where the project is not integrated
    is_usable     boolean not null, -- shown to us, active and no template
    amount        bigint not null,
    primary key (firm_id, connection_id, shown_as, state, is_usable)
);
create table project_change (
    change_id     bigint generated always as identity primary key,
    firm_id       uuid not null,
    connection_id uuid not null,
    shown_as      text not null,
    state         text not null,
    is_usable     boolean not null,
    amount        bigint not null
);
create index project_change_of_connection on project_change (firm_id, connection_id);

create function count_project() returns trigger language plpgsql as $$
begin
    -- Of a firm that is being erased, nothing is counted.
    if tg_op = 'DELETE' and not exists (select from firm where firm_id = old.firm_id) then
        return null;
    end if;
    if tg_op <> 'INSERT' then
        insert into project_change (firm_id, connection_id, shown_as, state, is_usable, amount)
        values (old.firm_id, old.connection_id, old.shown_as, coalesce(old.state, ''),
                old.hidden_at is null and old.is_active and not old.is_template, -1);
    end if;
    if tg_op <> 'DELETE' then
        insert into project_change (firm_id, connection_id, shown_as, state, is_usable, amount)
        values (new.firm_id, new.connection_id, new.shown_as, coalesce(new.state, ''),
                new.hidden_at is null and new.is_active and not new.is_template, 1);
    end if;
    return null;
end
$$;
create trigger project_counted after insert or delete on project
    for each row execute function count_project();
create trigger project_counted_again after update on project
    for each row
    when ((old.shown_as, old.state, old.hidden_at is null, old.is_active, old.is_template)
        is distinct from (new.shown_as, new.state, new.hidden_at is null, new.is_active, new.is_template))
    execute function count_project();

-- From here on nobody else writes to `project` until this is over, so that nothing is missed.
insert into project_count (firm_id, connection_id, shown_as, state, is_usable, amount)
select firm_id, connection_id, shown_as, coalesce(state, ''),
       hidden_at is null and is_active and not is_template, count(*)
from project
group by 1, 2, 3, 4, 5;

-- The few that something is wrong with.
create index project_in_trouble on project (firm_id, connection_id) where trouble is not null;
create index project_integrated_and_hidden on project (firm_id, connection_id, hidden_at)
    where hidden_at is not null and state is not null;
