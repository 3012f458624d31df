-- A further link to a task that is in a colleague's hands, for the firm's admin to pass on or for a
-- reminder. The link that was mailed first stays good; all of them end with the task.
create table hand_over_link (
    firm_id      uuid not null,
    token_hash   bytea not null,
    hand_over_id uuid not null,
    created_at   timestamptz not null,
    primary key (firm_id, token_hash),
    foreign key (firm_id, hand_over_id) references hand_over (firm_id, hand_over_id)
);
create index hand_over_link_of_task on hand_over_link (firm_id, hand_over_id);

-- What the person who asks says in their own words.
alter table hand_over add column message text;
