-- What Procore answered when it refused: status, its own words without secrets, id of the request.
-- `refused_write` outlasts other failures in between, so that the same refusal is recognised.
alter table action
    add column said          jsonb,
    add column refused_write jsonb;
