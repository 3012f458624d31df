-- A third way of access: the vendor's app. What a firm gives there is no key of its own, but the proof
-- that somebody who administers the company signed in with Procore. It stands where a key stands.
alter table connection
    drop constraint connection_access_way_known,
    add constraint connection_access_way_known
        check (access_way in ('vendor_app', 'own_app', 'legacy_account'));

alter table credential
    alter column fingerprint drop not null,
    -- The company that was proven, and who signed in: their id, name and address at Procore.
    add column proven_environment text,
    add column proven_company_id bigint,
    add column proven_by bigint,
    add column proven_name text,
    add column proven_login text,
    add constraint credential_proof_whole
        check (num_nulls(proven_environment, proven_company_id, proven_by, proven_name, proven_login) in (0, 5)),
    add constraint credential_is_key_or_proof
        check ((fingerprint is null) = (proven_by is not null) and (secret is null or proven_by is null)),
    drop constraint credential_opens,
    add constraint credential_opens
        check (state in ('retired', 'refused') or secret is not null or proven_by is not null);

-- The token of the vendor's app, which serves every firm: nobody's.
create table vendor_token (
    token_id      uuid primary key,
    token         bytea,
    minted_at     timestamptz,
    expires_at    timestamptz,
    claimed_until timestamptz,
    constraint vendor_token_whole check (num_nulls(token, minted_at, expires_at) in (0, 3))
);

-- A company that nobody was proven to administer cannot be read.
create or replace function concierge_v1.health(state text, is_paused boolean, reasons text[]) returns text
language sql immutable parallel safe as $$
    select case
        when state is null or state = 'setting_up' then null
        when state <> 'connected' then 'disconnected'
        when is_paused then 'paused'
        when reasons && array['PC-CREDENTIALS', 'PC-ENVIRONMENT', 'PC-NOT-INSTALLED', 'PC-COMPANY',
                              'PC-TAKEN', 'PC-NOT-YOURS'] then 'broken'
        when reasons <> '{}' then 'degraded'
        else 'healthy'
    end
$$;
