-- A link that stops the reset of a second factor, which somebody else asked for. The reset waits as
-- long as the link is neither used nor ended.
alter table person_link drop constraint person_link_kind_known;
alter table person_link add constraint person_link_kind_known
    check (kind in ('invitation', 'reset', 'keep_factor'));
alter table person_link drop constraint person_link_one_purpose;
alter table person_link add constraint person_link_one_purpose check (
    case kind
        when 'invitation' then (firm_id is null) <> (support_role is null)
        else firm_id is null and support_role is null
    end
);
