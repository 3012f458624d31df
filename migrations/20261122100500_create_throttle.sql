-- Counts attempts, successful or not yet known to be, per account and per source. `subject` is a
-- hash, so that the table is no list of addresses that somebody tried.
create table throttle (
    kind          text not null,
    subject       bytea not null,
    attempts      integer not null,
    last_at       timestamptz not null,
    blocked_until timestamptz not null,
    primary key (kind, subject)
);
create index throttle_last on throttle (last_at);
