-- A person is not owned by a firm: one person may act for several. What ties them to a firm is
-- `membership`; what makes them support is `support_role`.
--
-- `password_hash` is null until an invitation was accepted. `second_factor` is sealed by the
-- application, bound to the person; it counts from `second_factor_at` on, the moment at which
-- the person first proved to hold it. `second_factor_step` is the last time step that was used,
-- so that a code that was looked over somebody's shoulder does not work again.
create table person (
    person_id          uuid primary key,
    name               text not null,
    password_hash      text,
    time_zone          text not null default 'UTC',
    support_role       text
        constraint person_support_role_known check (support_role in ('staff', 'lead')),
    second_factor      bytea,
    second_factor_at   timestamptz,
    second_factor_step bigint,
    disabled_at        timestamptz,
    created_at         timestamptz not null,
    constraint person_second_factor_confirmed check (second_factor_at is null or second_factor is not null)
);
create index person_support on person (person_id) where support_role is not null;

-- Addresses are unique over all firms, so they have a table of their own: `person` could be
-- spread over several databases, a global unique index could not.
create table email_address (
    address   text primary key
        constraint email_address_lower_case check (address = lower(address)),
    person_id uuid not null references person
);
create unique index email_address_person on email_address (person_id);

-- One row per recovery code that is still good; using one deletes it.
create table recovery_code (
    person_id uuid not null references person,
    code_hash bytea not null,
    primary key (person_id, code_hash)
);

create table membership (
    firm_id   uuid not null references firm,
    person_id uuid not null references person,
    joined_at timestamptz not null,
    primary key (firm_id, person_id)
);
create index membership_person on membership (person_id);
