-- Who sent an invitation, so that it ends with their access; null where an operator sent it.
alter table person_link add column invited_by_id uuid references person;
create index person_link_sent on person_link (invited_by_id) where used_at is null and ended_at is null;

-- Whether everybody who acts for the firm needs a second factor.
alter table firm add column second_factor_required boolean not null default false;
