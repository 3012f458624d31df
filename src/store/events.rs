//! The table `event`: what Procore delivered, once per event, kept by day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId, HookId};

/// Days for which partitions are made in advance, today included.
const DAYS_AHEAD: u64 = 3;

/// The kind of the work that applies events. The word is stored with what is due.
pub(crate) const APPLY: &str = "events";

/// An event that was delivered.
#[derive(Debug)]
pub(crate) struct NewEvent {
    pub firm_id: FirmId,
    pub hook_id: HookId,
    /// Procore's id of the event.
    pub event_id: String,
    /// The day of the event itself, so that a late duplicate meets the first one.
    pub day: NaiveDate,
    /// Its JSON as it came.
    pub body: String,
}

/// Stores events of any firms, and puts the work that applies them for each connection with a new
/// one. Rows are locked in one order, so that two batches with the same events do not wait for each
/// other in a circle. The hooks are locked: a firm that is being removed, or a connection that ends,
/// keeps nothing of a delivery that was on its way.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    events: &[&NewEvent],
    received_at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let firms: Vec<Uuid> = events.iter().map(|event| event.firm_id.0).collect();
    let hooks: Vec<Uuid> = events.iter().map(|event| event.hook_id.0).collect();
    let ids: Vec<&str> = events.iter().map(|event| event.event_id.as_str()).collect();
    let days: Vec<NaiveDate> = events.iter().map(|event| event.day).collect();
    let bodies: Vec<&str> = events.iter().map(|event| event.body.as_str()).collect();
    sqlx::query!(
        r#"
        with delivered as (
            select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::text[])
                as delivered (firm_id, hook_id, event_id, day, body)
        ), held as (
            select firm_id, hook_id, connection_id
            from hook
            join (select distinct firm_id, hook_id from delivered) named using (firm_id, hook_id)
            where closed_at is null
            order by firm_id, hook_id
            for share of hook
        ), stored as (
            insert into event (firm_id, hook_id, event_id, day, received_at, due_at, body)
            select firm_id, hook_id, event_id, day, $6, $6, body::jsonb
            from held
            join delivered using (firm_id, hook_id)
            order by firm_id, hook_id, event_id, day
            on conflict do nothing
            returning firm_id, hook_id
        ), put as (
            insert into work (kind, key, firm_id, due_at)
            select distinct $7, connection_id, firm_id, $6::timestamptz
            from stored
            join held using (firm_id, hook_id)
            order by connection_id
            on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)
            returning pg_notify('work', '')
        )
        select count(*) as "put!" from put
        "#,
        &firms,
        &hooks,
        &ids as &[&str],
        &days,
        &bodies as &[&str],
        received_at,
        APPLY,
    )
    .fetch_one(conn)
    .await?;
    Ok(())
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
