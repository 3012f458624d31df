-- What the firm said at the first step that it wants to bring, and the company that its host product named: both fill in
-- later steps, and what was saved there counts.
alter table onboarding
    add column draft jsonb,
    add column known_company_id bigint;
