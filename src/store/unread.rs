//! The tables `unread_record` and `unread_event`: what Procore sent and we cannot read, for support.

mod texts;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub(crate) use texts::{NewUnread, UnreadTexts};

use super::StoreError;
use super::events::ProvenHook;
use super::record_set::RecordSet;
use crate::catalog::DataSet;
use crate::identity::{ConnectionId, FirmId};

/// Rows of one kind that keep their text; the others are only counted.
const MOST_TEXTS: i64 = 1000;
/// Texts of deliveries kept for one hook.
const MOST_EVENTS: usize = 1000;

/// Keeps rows as seen at `seen_at`, when the reading began; those of one reading add up. No two of
/// `rows` may have the same hash.
pub(crate) async fn keep_records(
    conn: &mut PgConnection,
    set: &RecordSet,
    rows: &[NewUnread],
    seen_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = rows.iter().map(|row| row.hash.as_slice()).collect();
    let bodies: Vec<&str> = rows.iter().map(|row| row.body.as_str()).collect();
    let times: Vec<i32> = rows.iter().map(|row| row.times).collect();
    sqlx::query!(
        r#"
        insert into unread_record as r (firm_id, connection_id, data_set, kind, project_id, hash,
                                        body, first_seen_at, last_seen_at, times)
        select $1, $2, $3, $4, $5, page.hash,
               case when page.place + (select count(*) from unread_record
                                       where firm_id = $1 and connection_id = $2 and data_set = $3
                                         and kind = $4 and project_id = $5) <= $9
                    then page.body else '' end,
               $6, $6, page.times
        from unnest($7::bytea[], $8::text[], $10::integer[]) with ordinality
            as page (hash, body, times, place)
        on conflict (firm_id, connection_id, data_set, kind, project_id, hash) do update
        set last_seen_at = excluded.last_seen_at,
            times = excluded.times
                + case when r.last_seen_at = excluded.last_seen_at then r.times else 0 end
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        seen_at,
        &hashes as &[&[u8]],
        &bodies as &[&str],
        MOST_TEXTS,
        &times,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many rows of a kind were seen since `since`.
pub(crate) async fn count_seen(
    conn: &mut PgConnection,
    set: &RecordSet,
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let seen = sqlx::query_scalar!(
        r#"
        select coalesce(sum(times), 0) as "seen!" from unread_record
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

/// Forgets the rows of a kind that a reading which began at `since` did not meet again.
pub(crate) async fn forget_unseen(
    conn: &mut PgConnection,
    set: &RecordSet,
    since: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from unread_record
        where firm_id = $1 and connection_id = $2 and data_set = $3 and kind = $4
          and project_id = $5 and last_seen_at < $6
        "#,
        set.firm_id.0,
        set.connection_id.0,
        set.data_set.key(),
        set.kind,
        set.project_id,
        since,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How many rows of a kind could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UnreadCount {
    pub data_set: DataSet,
    pub kind: String,
    pub count: i64,
}

/// The rows of a connection that could not be read, counted by kind.
pub(crate) async fn count_by_kind(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<UnreadCount>, StoreError> {
    Ok(sqlx::query_as!(
        UnreadCount,
        r#"
        select data_set as "data_set: DataSet", kind, sum(times) as "count!"
        from unread_record
        where firm_id = $1 and connection_id = $2
        group by data_set, kind
        "#,
        firm.0,
        connection.0,
    )
    .fetch_all(conn)
    .await?)
}

/// A row of a list that could not be read.
#[derive(Debug, Clone)]
pub(crate) struct UnreadRecord {
    pub data_set: DataSet,
    pub kind: String,
    /// Empty if too many were met.
    pub body: String,
    pub last_seen_at: DateTime<Utc>,
}

/// The newest such rows of a connection.
pub(crate) async fn list_records(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    at_most: i64,
) -> Result<Vec<UnreadRecord>, StoreError> {
    Ok(sqlx::query_as!(
        UnreadRecord,
        r#"
        select data_set as "data_set: DataSet", kind, body, last_seen_at
        from unread_record
        where firm_id = $1 and connection_id = $2
        order by first_seen_at desc, hash
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
    )
    .fetch_all(conn)
    .await?)
}

/// Deletes the rows that no reading has met since `before`.
pub(crate) async fn purge_records(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!("delete from unread_record where last_seen_at < $1", before)
        .execute(conn)
        .await?;
    Ok(())
}

/// Deletes the rows of a connection, of one data set or of all.
pub(crate) async fn remove_records(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    data_set: Option<DataSet>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from unread_record
        where firm_id = $1 and connection_id = $2 and ($3::text is null or data_set = $3)
        "#,
        firm.0,
        connection.0,
        data_set.map(DataSet::key),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what is no event, or counts it if it came before; the oldest of the hook beyond a thousand
/// go. No two of `events` may have the same hash. Returns whether the hook may still be delivered to; if
/// not, nothing is kept.
pub(crate) async fn keep_events(
    conn: &mut PgConnection,
    hook: &ProvenHook,
    events: &[NewUnread],
    received_at: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let (firm_id, hook_id) = (hook.firm_id, hook.hook_id);
    let hashes: Vec<&[u8]> = events.iter().map(|event| event.hash.as_slice()).collect();
    let bodies: Vec<&[u8]> = events.iter().map(|event| event.body.as_bytes()).collect();
    let cut: Vec<bool> = events.iter().map(|event| event.is_cut).collect();
    let times: Vec<i32> = events.iter().map(|event| event.times).collect();
    let kept = sqlx::query!(
        r#"
        with held as (
            select firm_id, hook_id from hook
            where firm_id = $1 and hook_id = $2 and endpoint_hash = $9 and closed_at is null
              and (secret_hash = $8 or old_secret_hash = $8 and old_until > $3)
            for share
        )
        insert into unread_event as e (firm_id, hook_id, hash, body, is_cut, times,
                                       first_received_at, last_received_at)
        select held.firm_id, held.hook_id, delivered.hash, delivered.body, delivered.is_cut,
               delivered.times, $3, $3
        from held
        cross join unnest($4::bytea[], $5::bytea[], $6::boolean[], $7::integer[])
            as delivered (hash, body, is_cut, times)
        -- The rows of two deliveries at once are locked in one order.
        order by delivered.hash
        on conflict (firm_id, hook_id, hash) do update
        set times = least(e.times::bigint + excluded.times, 2147483647)::integer,
            last_received_at = excluded.last_received_at
        "#,
        firm_id.0,
        hook_id.0,
        received_at,
        &hashes as &[&[u8]],
        &bodies as &[&[u8]],
        &cut,
        &times,
        hook.secret_hash,
        hook.endpoint_hash,
    )
    .execute(&mut *conn)
    .await?
    .rows_affected();
    if kept == 0 {
        return Ok(false);
    }
    sqlx::query!(
        r#"
        delete from unread_event
        where firm_id = $1 and hook_id = $2 and hash in (
            select hash from unread_event
            where firm_id = $1 and hook_id = $2
            order by last_received_at desc, hash
            offset $3
        )
        "#,
        firm_id.0,
        hook_id.0,
        MOST_EVENTS as i64,
    )
    .execute(conn)
    .await?;
    Ok(true)
}

/// A delivery that is no event, as support sees it.
#[derive(Debug, Clone)]
pub(crate) struct UnreadEvent {
    pub body: Vec<u8>,
    /// Whether more of it was delivered than is kept.
    pub is_cut: bool,
    pub times: i32,
    pub last_received_at: DateTime<Utc>,
}

/// The newest such deliveries to the hooks of a connection.
pub(crate) async fn list_events(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    at_most: i64,
) -> Result<Vec<UnreadEvent>, StoreError> {
    Ok(sqlx::query_as!(
        UnreadEvent,
        r#"
        select body, is_cut, times, last_received_at
        from unread_event join hook using (firm_id, hook_id)
        where hook.firm_id = $1 and hook.connection_id = $2
        order by last_received_at desc, hash
        limit $3
        "#,
        firm.0,
        connection.0,
        at_most,
    )
    .fetch_all(conn)
    .await?)
}

/// How often something that is no event was delivered to the hooks of a connection.
pub(crate) async fn count_events(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<i64, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select coalesce(sum(times), 0) as "count!"
        from unread_event join hook using (firm_id, hook_id)
        where hook.firm_id = $1 and hook.connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .fetch_one(conn)
    .await?)
}

/// Deletes what was delivered to the hooks of a connection.
pub(crate) async fn remove_events(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        delete from unread_event using hook
        where hook.firm_id = $1 and hook.connection_id = $2
          and unread_event.firm_id = hook.firm_id and unread_event.hook_id = hook.hook_id
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Deletes what was last delivered before `before`.
pub(crate) async fn purge_events(
    conn: &mut PgConnection,
    before: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from unread_event where last_received_at < $1",
        before
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the rows of a project that could not be read.
pub(crate) async fn remove_records_of_project(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    project_id: i64,
    keep: &[DataSet],
) -> Result<(), StoreError> {
    let keep: Vec<&str> = keep.iter().map(|set| set.key()).collect();
    sqlx::query!(
        r#"
        delete from unread_record
        where firm_id = $1 and connection_id = $2 and project_id = $3 and data_set <> all($4)
        "#,
        firm_id.0,
        connection_id.0,
        project_id,
        &keep as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}
