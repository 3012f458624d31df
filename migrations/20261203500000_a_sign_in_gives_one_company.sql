-- Which company a sign-in was used for: another one has to be proven by another.
alter table procore_sign_in add column company_id bigint;
