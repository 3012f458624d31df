-- How many calls may still be made, as Procore counts them: per environment, app and company.
-- It belongs to no firm, so no firm leads its key: before a company is claimed two firms may try
-- the same one, and they share the window whether they know of each other or not. Rows are worth
-- nothing once their windows have ended and are then removed.
create table rate_window (
    environment text not null,
    client_id   text not null,
    company_id  bigint not null,
    budget      jsonb not null,
    version     bigint not null default 0,
    updated_at  timestamptz not null,
    primary key (environment, client_id, company_id)
);
create index rate_window_by_age on rate_window (updated_at);
