-- Everybody waits for themselves: a colleague's wait does not take the place of the admins'.
alter table install_wait drop constraint install_wait_pkey;
alter table install_wait add constraint install_wait_once
    unique nulls not distinct (firm_id, onboarding_id, environment, company_id, hand_over_id);

-- When Procore listed last where the vendor's app is installed. Of all firms together.
create table vendor_look (
    environment text primary key,
    read_at     timestamptz not null
);
