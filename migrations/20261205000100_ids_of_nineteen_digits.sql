-- Ids have up to nineteen digits, and were null in the views of the host product from nineteen on. What no bigint
-- holds is null as before.
create or replace function concierge_v1.as_bigint(value jsonb) returns bigint
language sql immutable parallel safe as $$
    select case when value #>> '{}' ~ '^-?[0-9]{1,19}$'
                then case when (value #>> '{}')::numeric
                               between -9223372036854775808 and 9223372036854775807
                          then (value #>> '{}')::bigint end
           end
$$;
