-- Procore keeps companies in zones, each with pages of its own: links lead where the company's people work.
alter table connection add column company_web text;
