-- A test of our public address delivers to an endpoint of its own, since of the webhook's address and
-- `Authorization` value only hashes are kept. One per connection; it expires by itself.
create table address_test (
    firm_id       uuid not null,
    connection_id uuid not null,
    endpoint_hash bytea not null,
    secret_hash   bytea not null,
    expires_at    timestamptz not null,
    arrived_at    timestamptz,
    primary key (firm_id, connection_id),
    foreign key (firm_id, connection_id) references connection (firm_id, connection_id)
);
