-- Links that prove control of an address: an invitation (to a firm, or to support) or a password
-- reset. Only the token's hash is kept. A link that was replaced by a newer one, or revoked, gets
-- `ended_at`; one that was used gets `used_at`; the row stays, so that an old link can say which.
create table person_link (
    link_id      uuid primary key,
    token_hash   bytea not null unique,
    kind         text not null
        constraint person_link_kind_known check (kind in ('invitation', 'reset')),
    address      text not null
        constraint person_link_lower_case check (address = lower(address)),
    firm_id      uuid references firm,
    support_role text
        constraint person_link_support_role_known check (support_role in ('staff', 'lead')),
    invited_by   text,
    created_at   timestamptz not null,
    expires_at   timestamptz not null,
    used_at      timestamptz,
    ended_at     timestamptz,
    constraint person_link_one_purpose check (
        case kind
            when 'reset' then firm_id is null and support_role is null
            else (firm_id is null) <> (support_role is null)
        end
    )
);
create index person_link_open on person_link (kind, address) where used_at is null and ended_at is null;
create index person_link_firm on person_link (firm_id) where used_at is null and ended_at is null;
