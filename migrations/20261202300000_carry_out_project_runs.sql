-- Bringing a project is a run of its own kind.
alter table run drop constraint run_kind_known;
alter table run add constraint run_kind_known
    check (kind in ('completion', 'removal', 'reading', 'reconcile', 'repair', 'change', 'project'));

-- What the firm chose for the last projects that it integrated: the defaults for the next ones.
alter table connection add column project_settings jsonb;

-- The webhook catalog of a project follows from its tools, so projects with the same tools share a
-- reading of it: one row for each set of tools that are in use.
create table project_catalog (
    firm_id       uuid not null,
    connection_id uuid not null,
    tools         text not null,
    resources     jsonb not null,
    read_at       timestamptz not null,
    primary key (firm_id, connection_id, tools)
);

-- Those of a project's tools that are in use, in one word.
create function tools_in_use(tools jsonb) returns text language sql immutable parallel safe as $$
    select string_agg(tool ->> 'tool', ' ' order by tool ->> 'tool')
    from jsonb_array_elements(tools) as tool
    where tool -> 'active' = 'true'::jsonb
$$;
