#!/usr/bin/env bash
# Follows what Concierge copies (see docs/HOST.md): brings the table procore_record in the host product's
# own database up to date with the view concierge_v1.change, and ends when nothing is new.
#
#   follow.sh CONCIERGE_URL HOST_URL
set -euo pipefail
concierge=$1 host=$2
at_a_time=${AT_A_TIME:-1000}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

query() {
    psql --no-psqlrc --quiet --tuples-only --no-align --field-separator=$'\t' \
        --set=ON_ERROR_STOP=1 "$@"
}

query "$host" <<'SQL'
set client_min_messages = warning;
create table if not exists procore_record (
    firm          text not null,
    connection_id uuid not null,
    kind          text not null,
    project_id    bigint not null, -- 0 for the company's own
    procore_id    bigint not null,
    body          jsonb not null,
    is_there      boolean not null,
    change        bigint not null,
    primary key (connection_id, kind, project_id, procore_id)
);
-- Up to which change each firm was followed.
create table if not exists procore_followed (
    firm_id uuid primary key,
    change  bigint not null
);
SQL

followed() {
    query --set=firm="$1" "$host" <<<"select max(change) from procore_followed where firm_id = :'firm'"
}

# Writes the next changes of a firm after a number to a file.
next_changes() {
    query --set=firm="$1" --set=after="$2" --set=most="$at_a_time" "$concierge" >"$work/changes" <<'SQL'
copy (
    select firm_id, firm, connection_id, kind, project_id, procore_id, deleted, body,
           gone_at is null and unavailable_at is null, change
    from concierge_v1.change
    where firm_id = :'firm' and change > :after
    order by change
    limit :most
) to stdout;
SQL
}

# Applies them and notes how far the firm was followed, in one transaction.
apply_changes() {
    {
        cat <<'SQL'
begin;
create temporary table news (
    firm_id uuid, firm text, connection_id uuid, kind text, project_id bigint, procore_id bigint,
    deleted boolean, body jsonb, is_there boolean, change bigint
) on commit drop;
copy news from stdin;
SQL
        cat "$work/changes"
        cat <<'SQL'
\.
-- What was deleted had changed before: one record or, without an id, all of its kind in the project.
delete from procore_record r
using news
where news.deleted and news.connection_id = r.connection_id and news.kind = r.kind
  and news.project_id = r.project_id and news.change > r.change and coalesce(news.procore_id, r.procore_id) = r.procore_id;

insert into procore_record
select firm, connection_id, kind, project_id, procore_id, body, is_there, change
from news
where not deleted
  and not exists (
      select from news later
      where later.deleted and later.connection_id = news.connection_id and later.kind = news.kind
        and later.project_id = news.project_id and later.change > news.change
        and later.procore_id is null
  )
on conflict (connection_id, kind, project_id, procore_id) do update
set body = excluded.body, is_there = excluded.is_there, change = excluded.change;

insert into procore_followed
select firm_id, max(change) from news group by firm_id
on conflict (firm_id) do update set change = excluded.change;
commit;
SQL
    } | query "$host"
}

query "$concierge" >"$work/firms" \
    <<<"select distinct firm_id, change from concierge_v1.connection where change is not null"
while IFS=$'\t' read -r firm change; do
    after=$(followed "$firm")
    while [ "${after:-0}" -lt "$change" ]; do
        next_changes "$firm" "${after:-0}"
        [ -s "$work/changes" ] || break
        apply_changes
        after=$(followed "$firm")
    done
done <"$work/firms"

# A firm that was removed is not listed any more: nothing of it stays here either.
query "$concierge" >"$work/connections" \
    <<<"copy (select connection_id from concierge_v1.connection where connection_id is not null) to stdout"
{
    echo "begin; create temporary table listed (connection_id uuid) on commit drop; copy listed from stdin;"
    cat "$work/connections"
    echo '\.'
    echo "delete from procore_record where connection_id not in (select connection_id from listed); commit;"
} | query "$host"
