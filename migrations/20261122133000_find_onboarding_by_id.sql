-- Support's addresses name an onboarding without its firm; everything else comes in by the firm.
create index onboarding_by_id on onboarding (onboarding_id);

-- Counts what support did at a case. A page carries the count that it showed, so that two support
-- people, a double click or an old page do nothing twice.
alter table attention
    add column turn bigint not null default 0;
