//! The table `event`: what Procore delivered, once per event, kept by day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::PgConnection;

use super::StoreError;
use super::work::Task;
use crate::identity::{ConnectionId, FirmId, HookId};

/// Days for which partitions are made in advance, today included.
const DAYS_AHEAD: u64 = 3;

/// An event that was delivered.
#[derive(Debug)]
pub(crate) struct NewEvent<'a> {
    /// Procore's id of the event.
    pub event_id: String,
    /// The day of the event itself, so that a late duplicate meets the first one.
    pub day: NaiveDate,
    /// Its JSON as it came.
    pub body: &'a str,
}

/// Stores the events of one delivery, and puts `task` if any is new; returns how many are. They are
/// written in one order, so that two deliveries with the same events do not wait for each other. The
/// hook is locked: a firm that is being removed, or a connection that ends, keeps nothing of a delivery
/// that was on its way.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    events: &[NewEvent<'_>],
    task: Task,
    received_at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let ids: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
    let days: Vec<NaiveDate> = events.iter().map(|event| event.day).collect();
    let bodies: Vec<&str> = events.iter().map(|event| event.body).collect();
    let written = sqlx::query!(
        r#"
        with held as (
            select firm_id, hook_id from hook
            where firm_id = $1 and hook_id = $2 and closed_at is null
            for share
        ), stored as (
            insert into event (firm_id, hook_id, event_id, day, received_at, due_at, body)
            select held.firm_id, held.hook_id, delivered.event_id, delivered.day, $3, $3,
                   delivered.body::jsonb
            from held
            cross join unnest($4::text[], $5::date[], $6::text[]) as delivered (event_id, day, body)
            order by delivered.event_id, delivered.day
            on conflict do nothing
            returning 1
        ), put as (
            insert into work (kind, key, firm_id, due_at)
            select $7, $8, $1, $3 where exists (select from stored)
            on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)
            returning pg_notify('work', '')
        )
        select (select count(*) from stored) as "stored!", (select count(*) from put) as "put!"
        "#,
        firm_id.0,
        hook_id.0,
        received_at,
        &ids as &[&str],
        &days,
        &bodies as &[&str],
        task.kind,
        task.key,
    )
    .fetch_one(conn)
    .await?;
    Ok(written.stored.unsigned_abs())
}

/// How many events a hook delivered, and when the last one came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Received {
    pub count: i64,
    pub last_at: Option<DateTime<Utc>>,
}

/// What a hook delivered since a day; an event that names no time counts by when it came.
pub(crate) async fn count_since(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
    since: NaiveDate,
) -> Result<Received, StoreError> {
    Ok(sqlx::query_as!(
        Received,
        r#"
        select count(*) as "count!", max(received_at) as last_at
        from event
        where firm_id = $1 and hook_id = $2
          and (day >= $3 or day = date '1970-01-01' and received_at >= $3)
        "#,
        firm_id.0,
        hook_id.0,
        since,
    )
    .fetch_one(conn)
    .await?)
}

/// Whether a hook delivered anything that is still kept.
pub(crate) async fn any_of(
    conn: &mut PgConnection,
    firm_id: FirmId,
    hook_id: HookId,
) -> Result<bool, StoreError> {
    let any = sqlx::query_scalar!(
        r#"select exists (select from event where firm_id = $1 and hook_id = $2) as "any!""#,
        firm_id.0,
        hook_id.0,
    );
    Ok(any.fetch_one(conn).await?)
}

/// Deletes up to `at_most` events of a connection and returns how many.
pub(crate) async fn remove_some(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    at_most: i64,
) -> Result<u64, StoreError> {
    let removed = sqlx::query!(
        r#"
        delete from event
        where event.firm_id = $1 and (tableoid, ctid) in (
            select e.tableoid, e.ctid
            from event e
            join hook h on h.firm_id = $1 and h.hook_id = e.hook_id
            where e.firm_id = $1 and h.connection_id = $2
            limit $3
        )
        "#,
        firm_id.0,
        connection_id.0,
        at_most,
    )
    .execute(conn)
    .await?;
    Ok(removed.rows_affected())
}

/// Makes the partitions of the coming days that are not there yet. The role of a process that serves
/// makes no tables, so a function of the owner does.
pub(crate) async fn prepare_days(
    conn: &mut PgConnection,
    today: NaiveDate,
) -> Result<(), StoreError> {
    let days: Vec<NaiveDate> = (0..DAYS_AHEAD)
        .filter_map(|ahead| today.checked_add_days(Days::new(ahead)))
        .collect();
    for day in days {
        sqlx::query!("select prepare_event_day($1)", day)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// Drops the days of events before `before`, also by a function of the owner.
pub(crate) async fn drop_days(
    conn: &mut PgConnection,
    before: NaiveDate,
) -> Result<(), StoreError> {
    sqlx::query!("select drop_event_days($1)", before)
        .execute(conn)
        .await?;
    Ok(())
}
