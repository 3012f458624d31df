//! Records that are deleted here, and what tells the host product of it: a row of `deleted_records`.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{RecordSet, lock_changes};
use crate::catalog::DataSet;
use crate::identity::{ConnectionId, FirmId};
use crate::store::{StoreError, unread};

/// Deletes all records of a data set that the firm no longer connects.
pub(crate) async fn remove_data_set(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    data_set: DataSet,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    lock_changes(conn, firm_id).await?;
    sqlx::query!(
        r#"
        with removed as (
            delete from record where firm_id = $1 and connection_id = $2 and data_set = $3
            returning kind, project_id
        )
        insert into deleted_records (firm_id, connection_id, data_set, kind, project_id, procore_id,
                                     change, deleted_at)
        select $1, $2, $3, kind, project_id, 0, nextval('record_change'), $4
        from (select distinct kind, project_id from removed) as kinds
        on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) do update
        set change = excluded.change, deleted_at = excluded.deleted_at
        "#,
        firm_id.0,
        connection_id.0,
        data_set.key(),
        now,
    )
    .execute(&mut *conn)
    .await?;
    unread::remove_records(conn, firm_id, connection_id, Some(data_set)).await
}

/// Deletes up to `at_most` records of a connection that are of none of the data sets to `keep`, and
/// returns how many; those of one project (0: of the company), or of all.
pub(crate) async fn remove_some(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    project: Option<i64>,
    keep: &[DataSet],
    at_most: i64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let keep: Vec<&str> = keep.iter().map(|set| set.key()).collect();
    lock_changes(conn, firm_id).await?;
    let removed = sqlx::query_scalar!(
        r#"
        with removed as (
            delete from record
            where firm_id = $1 and connection_id = $2
              and (data_set, kind, project_id, procore_id) in (
                  select data_set, kind, project_id, procore_id
                  from record
                  where firm_id = $1 and connection_id = $2 and data_set <> all($3)
                    and ($6::bigint is null or project_id = $6)
                  limit $4
              )
            returning data_set, kind, project_id
        ), told as (
            insert into deleted_records (firm_id, connection_id, data_set, kind, project_id,
                                         procore_id, change, deleted_at)
            select $1, $2, data_set, kind, project_id, 0, nextval('record_change'), $5
            from (select distinct data_set, kind, project_id from removed) as kinds
            on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) do update
            set change = excluded.change, deleted_at = excluded.deleted_at
        )
        select count(*) as "removed!" from removed
        "#,
        firm_id.0,
        connection_id.0,
        &keep as &[&str],
        at_most,
        now,
        project,
    );
    Ok(removed.fetch_one(conn).await?.unsigned_abs())
}

/// Deletes up to `at_most` records of a kind that say of themselves in `field` that they are not active,
/// and returns how many.
pub(crate) async fn remove_inactive(
    conn: &mut PgConnection,
    set: &RecordSet,
    field: &str,
    at_most: i64,
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    lock_changes(conn, set.firm_id).await?;
    let removed = sqlx::query!(
        r#"
        with removed as (
            delete from record
            where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
              and project_id = $5 and procore_id in (
                  select procore_id
                  from record
                  where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
                    and project_id = $5 and body ->> $6 = 'false'
                  limit $7
              )
            returning procore_id
        )
        insert into deleted_records (firm_id, connection_id, data_set, kind, project_id, procore_id,
                                     change, deleted_at)
        select $1, $2, $3, $4, $5, procore_id, nextval('record_change'), $8
        from removed
        on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) do update
        set change = excluded.change, deleted_at = excluded.deleted_at
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        field,
        at_most,
        now,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected())
}
