//! The table `record`: what was read from Procore, one row per record.

mod removed;
mod shown;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub(crate) use self::removed::{remove_data_set, remove_inactive, remove_some};
pub use self::shown::{Record, RecordSummary, find, list};
pub(crate) use self::shown::{
    RecordCount, count_by_kind, count_inactive, count_of_project, escaped, list_known,
};
use super::StoreError;
pub use super::record_set::RecordSet;
use crate::identity::{ConnectionId, FirmId};

/// Rows per statement: bounds what is encoded at a time, not what a page may hold.
const PER_STATEMENT: usize = 500;

/// A record as it was read.
#[derive(Debug)]
pub(crate) struct NewRecord {
    pub procore_id: i64,
    /// JSON text.
    pub body: String,
    pub hash: [u8; 32],
    pub updated_at: Option<DateTime<Utc>>,
}

/// Locks the changes of a firm's records until the transaction ends, so that the numbers of changes
/// become visible in their order. Every write here does so before it locks a row; a transaction that
/// locks other rows of what was read first, takes this lock first.
pub(crate) async fn lock_changes(conn: &mut PgConnection, firm: FirmId) -> Result<(), StoreError> {
    sqlx::query!("select from lock_changes($1)", firm.0)
        .execute(conn)
        .await?;
    Ok(())
}

/// Inserts or updates records that a list showed, as of when its page was asked for; an unchanged one
/// only gets a new `last_seen_at`, and so does one that was read by itself since.
///
/// Returns how many said something new. No two of `records` may have the same id. Memory is freed as the
/// statements are written.
pub(crate) async fn upsert(
    conn: &mut PgConnection,
    set: &RecordSet,
    records: Vec<NewRecord>,
    seen_at: DateTime<Utc>,
    as_of: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let mut records = records.into_iter();
    let mut changed = 0;
    loop {
        let part: Vec<NewRecord> = records.by_ref().take(PER_STATEMENT).collect();
        if part.is_empty() {
            return Ok(changed);
        }
        let ids: Vec<i64> = part.iter().map(|record| record.procore_id).collect();
        let bodies: Vec<&str> = part.iter().map(|record| record.body.as_str()).collect();
        let hashes: Vec<&[u8]> = part.iter().map(|record| record.hash.as_slice()).collect();
        let updated: Vec<Option<DateTime<Utc>>> =
            part.iter().map(|record| record.updated_at).collect();
        let new = sqlx::query_scalar!(
            r#"
            with written as (
            insert into record as r (firm_id, connection_id, data_set, kind, project_id, procore_id,
                                     body, body_hash, procore_updated_at, first_seen_at, last_seen_at,
                                     as_of, changed_at, change)
            select $1, $2, $3, $4, $5, page.id, page.body::jsonb, page.hash, page.updated_at, $6, $6,
                   $11, $11, nextval('record_change')
            from (select lock_changes($1)) as locked
            cross join unnest($7::bigint[], $8::text[], $9::bytea[], $10::timestamptz[])
                as page (id, body, hash, updated_at)
            on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) do update
            set body = case when r.body_hash = excluded.body_hash or r.as_of > excluded.as_of
                            then r.body else excluded.body end,
                body_hash = case when r.as_of > excluded.as_of
                                 then r.body_hash else excluded.body_hash end,
                procore_updated_at = case when r.as_of > excluded.as_of
                                          then r.procore_updated_at
                                          else excluded.procore_updated_at end,
                last_seen_at = excluded.last_seen_at, listed = true,
                as_of = greatest(r.as_of, excluded.as_of),
                gone_at = case when r.as_of > excluded.as_of then r.gone_at end,
                unavailable_at = case when r.as_of > excluded.as_of then r.unavailable_at end,
                changed_at = case
                    when r.as_of > excluded.as_of
                      or r.body_hash = excluded.body_hash
                         and r.gone_at is null and r.unavailable_at is null
                    then r.changed_at else excluded.as_of end,
                -- Who was told that all of the kind were deleted is told of this one again.
                change = case
                    when (r.as_of > excluded.as_of
                          or r.body_hash = excluded.body_hash
                             and r.gone_at is null and r.unavailable_at is null)
                         and r.change > coalesce((
                             select d.change from deleted_records d
                             where d.firm_id = $1 and d.connection_id = $2 and d.data_set = $3
                               and d.kind = $4 and d.project_id = $5
                               and d.procore_id = 0
                         ), 0)
                    then r.change else excluded.change end
            returning changed_at = $11 as is_new
            )
            select count(*) filter (where is_new) as "new!" from written
            "#,
            set.firm_id.0,
            set.connection_id.0,
            set.data_set.key(),
            set.kind,
            set.project_id,
            seen_at,
            &ids,
            &bodies as &[&str],
            &hashes as &[&[u8]],
            &updated as &[Option<DateTime<Utc>>],
            as_of,
        )
        .fetch_one(&mut *conn)
        .await?;
        changed += new.unsigned_abs();
    }
}

/// The time at which a reading begins `now`: later than that at which any row was seen, whether it
/// could be read or not, even if the clock went back.
pub(crate) async fn next_seen_at(
    conn: &mut PgConnection,
    set: &RecordSet,
    now: DateTime<Utc>,
) -> Result<DateTime<Utc>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select greatest($6::timestamptz, max(last_seen_at) + interval '1 microsecond') as "at!"
        from (
            select last_seen_at from record
            where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
              and project_id = $5
            union all
            select last_seen_at from unread_record
            where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
              and project_id = $5
        ) as seen
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        now,
    )
    .fetch_one(conn)
    .await?)
}

/// How many records were seen since `since`.
pub(crate) async fn count_seen(
    conn: &mut PgConnection,
    set: &RecordSet,
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let seen = sqlx::query_scalar!(
        r#"
        select count(*) as "seen!" from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and last_seen_at >= $6
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        since,
    )
    .fetch_one(conn)
    .await?;
    Ok(seen.unsigned_abs())
}

/// What it means that a complete reading did not show a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Missed {
    /// Every record was to be shown: it is not there any more.
    Gone,
    /// Inactive ones were not to be shown: it is inactive, hidden from us, or gone.
    Unavailable,
}

/// Marks records that were not seen since `began_at` as gone or unavailable; returns how many.
pub(crate) async fn mark_missed(
    conn: &mut PgConnection,
    set: &RecordSet,
    missed: Missed,
    began_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let marked = sqlx::query!(
        r#"
        update record
        set gone_at = case when $8 then $7::timestamptz end,
            unavailable_at = case when not $8 then $7::timestamptz end, changed_at = $7,
            change = next_change($1)
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and last_seen_at < $6 and as_of < $6 and gone_at is null
          and ($8 or unavailable_at is null)
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        began_at,
        now,
        missed == Missed::Gone,
    )
    .execute(conn)
    .await?;
    Ok(marked.rows_affected())
}

/// Marks records as gone that Procore showed among the deleted ones when it was asked; returns how many
/// were not before. What is not in our copy stays so.
pub(crate) async fn mark_gone(
    conn: &mut PgConnection,
    set: &RecordSet,
    ids: &[i64],
    as_of: DateTime<Utc>,
) -> Result<u64, StoreError> {
    if ids.is_empty() {
        return Ok(0);
    }
    lock_changes(conn, set.firm_id).await?;
    let marked = sqlx::query!(
        r#"
        update record
        set gone_at = $7, unavailable_at = null, changed_at = $7, change = next_change($1)
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and procore_id = any($6) and as_of <= $7 and gone_at is null
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        ids,
        as_of,
    )
    .execute(conn)
    .await?;
    Ok(marked.rows_affected())
}

/// The id that follows `after` among the records that are not gone.
pub(crate) async fn next_id(
    conn: &mut PgConnection,
    set: &RecordSet,
    after: Option<i64>,
) -> Result<Option<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select procore_id from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and gone_at is null and procore_id > coalesce($6::bigint, -1)
        order by procore_id
        limit 1
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        after,
    )
    .fetch_optional(conn)
    .await?)
}

/// The projects in which a record of a kind is or was, by its id, and was not asked for after `at`: it may be
/// back.
pub(crate) async fn list_projects_with(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    (kind, id): (&str, i64),
    at: DateTime<Utc>,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select distinct project_id from record
        where firm_id = $1 and connection_id = $2 and kind = $3 and procore_id = $4
          and project_id <> 0 and as_of <= $5
        order by project_id
        "#,
        firm.0,
        connection.0,
        kind,
        id,
        at,
    )
    .fetch_all(conn)
    .await?)
}

/// The ids of records that are neither gone nor unavailable.
pub(crate) async fn list_ids(
    conn: &mut PgConnection,
    set: &RecordSet,
) -> Result<Vec<i64>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select procore_id from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and gone_at is null and unavailable_at is null
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
    )
    .fetch_all(conn)
    .await?)
}

/// The names of some of the records that are in our copy and not among these ids, and how many there
/// are.
pub(crate) async fn missing_from(
    conn: &mut PgConnection,
    set: &RecordSet,
    ids: &[i64],
    most_names: i64,
) -> Result<(Vec<String>, u64), StoreError> {
    let missing = sqlx::query!(
        r#"
        with missing as (
            select r.body ->> 'name' as name
            from record r
            where r.firm_id = $1 and r.connection_id = $2 and r.data_set = $3 and r.kind = $4
              and r.project_id = $5 and r.gone_at is null
              and not exists (select from unnest($6::bigint[]) as shown (id) where id = r.procore_id)
        )
        select count(*) as "count!",
               array(
                   select name from missing where name is not null order by name limit $7
               ) as "names!"
        from missing
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        ids,
        most_names,
    );
    let missing = missing.fetch_one(conn).await?;
    Ok((missing.names, missing.count.unsigned_abs()))
}
