-- `external_reference` is the host product's own id of the firm.
create table firm (
    firm_id            uuid primary key,
    name               text not null,
    external_reference text unique,
    created_at         timestamptz not null
);
