//! The table `record`, one record at a time: what Procore showed of it by itself, as of when it was
//! asked. What was asked for later wins, also over pages of lists (see `records`).

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::records::{NewRecord, RecordSet, lock_changes};

/// Keeps a record as Procore showed it. Its `last_seen_at` belongs to readings of lists and stays; a new
/// one was in none of them yet.
pub(crate) async fn keep(
    conn: &mut PgConnection,
    set: &RecordSet,
    record: &NewRecord,
    as_of: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into record as r (firm_id, connection_id, data_set, kind, project_id, procore_id,
                                 body, body_hash, procore_updated_at, first_seen_at, last_seen_at,
                                 as_of, changed_at, change, listed)
        values ($1, $2, $3, $4, $5, $6, $7::text::jsonb, $8, $9, $10, $10, $10, $10, next_change($1),
                false)
        on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) do update
        set body = excluded.body, body_hash = excluded.body_hash,
            procore_updated_at = excluded.procore_updated_at, as_of = excluded.as_of,
            gone_at = null, unavailable_at = null,
            changed_at = case
                when r.body_hash = excluded.body_hash
                     and r.gone_at is null and r.unavailable_at is null
                then r.changed_at else excluded.as_of end,
            -- Who was told that all of the kind were deleted is told of this one again.
            change = case
                when r.body_hash = excluded.body_hash
                     and r.gone_at is null and r.unavailable_at is null
                     and r.change > coalesce((
                         select d.change from deleted_records d
                         where d.firm_id = $1 and d.connection_id = $2 and d.data_set = $3
                           and d.kind = $4 and d.project_id = $5 and d.procore_id = 0
                     ), 0)
                then r.change else excluded.change end
        where r.as_of <= excluded.as_of
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        record.procore_id,
        record.body,
        record.hash.as_slice(),
        record.updated_at,
        as_of,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether our copy has a record; it is neither added nor deleted before the transaction ends.
pub(crate) async fn is_known(
    conn: &mut PgConnection,
    set: &RecordSet,
    procore_id: i64,
) -> Result<bool, StoreError> {
    lock_changes(conn, set.firm_id).await?;
    is_there(conn, set, procore_id).await
}

/// Whether our copy has a record; it may be added or deleted at any time.
pub(crate) async fn is_there(
    conn: &mut PgConnection,
    set: &RecordSet,
    procore_id: i64,
) -> Result<bool, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select exists (
            select from record
            where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
              and project_id = $5 and procore_id = $6
        ) as "is_known!"
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        procore_id,
    )
    .fetch_one(conn)
    .await?)
}

/// Marks a record that Procore does not show: gone if it said so, or else unavailable.
pub(crate) async fn mark_absent(
    conn: &mut PgConnection,
    set: &RecordSet,
    procore_id: i64,
    is_gone: bool,
    as_of: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update record
        set as_of = $8,
            changed_at = case when gone_at is null and ($7 or unavailable_at is null)
                              then $8 else changed_at end,
            change = case when gone_at is null and ($7 or unavailable_at is null)
                          then next_change($1) else change end,
            gone_at = case when $7 then coalesce(gone_at, $8) else gone_at end,
            unavailable_at = case when not $7 and gone_at is null
                                  then coalesce(unavailable_at, $8) end
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and procore_id = $6 and as_of <= $8
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        procore_id,
        is_gone,
        as_of,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Marks what belongs to a record (it is named in `field`) and was not among what Procore showed of it:
/// gone if Procore said so, or else unavailable.
pub(crate) async fn mark_parts_absent(
    conn: &mut PgConnection,
    set: &RecordSet,
    (field, id): (&str, i64),
    shown: &[i64],
    is_gone: bool,
    as_of: DateTime<Utc>,
) -> Result<(), StoreError> {
    let absent = sqlx::query_scalar!(
        r#"
        select procore_id from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and body ->> $6 = $7 and procore_id <> all($8) and as_of <= $9
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        field,
        id.to_string(),
        shown,
        as_of,
    );
    for procore_id in absent.fetch_all(&mut *conn).await? {
        mark_absent(conn, set, procore_id, is_gone, as_of).await?;
    }
    Ok(())
}

/// What a stored record names in a field, as a number: the record to whose list it belongs.
pub(crate) async fn find_parent(
    conn: &mut PgConnection,
    set: &RecordSet,
    procore_id: i64,
    field: &str,
) -> Result<Option<i64>, StoreError> {
    let parent = sqlx::query_scalar!(
        r#"
        select body ->> $7 as parent
        from record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and procore_id = $6
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        procore_id,
        field,
    );
    let parent = parent.fetch_optional(conn).await?.flatten();
    Ok(parent.and_then(|text| text.parse().ok()))
}
