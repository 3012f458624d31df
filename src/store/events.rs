//! The table `event`: what Procore delivered, once per event, kept by day.

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId, HookId};

/// Days for which partitions are made in advance, today included.
const DAYS_AHEAD: u64 = 3;

/// A hook of ours, with the address and the `Authorization` value that were used for it, as hashes.
#[derive(Debug, Clone)]
pub(crate) struct ProvenHook {
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    pub hook_id: HookId,
    pub endpoint_hash: Vec<u8>,
    pub secret_hash: Vec<u8>,
    /// Until when the value is taken, if it was replaced.
    pub until: Option<DateTime<Utc>>,
    /// How often hooks had changed when it was proven, or [`CHANGING`].
    pub generation: i64,
}

/// An event that was delivered.
#[derive(Debug)]
pub(crate) struct NewEvent {
    /// Procore's id of the event.
    pub event_id: String,
    /// The day of the event itself, so that a late duplicate meets the first one.
    pub day: NaiveDate,
    /// Its JSON as it came.
    pub body: String,
}

/// The number of changes while hooks are being changed.
pub(crate) const CHANGING: i64 = 0;
/// What the function `hooks_are_as_of` fails with.
const HOOKS_HAVE_CHANGED: &str = "KH001";

/// Stores events, each given with its hook, and returns the connections of those that were not known before, in
/// order.
/// The work that applies them is [put](super::waiting_events::put_work) afterwards.
///
/// Returns `None` and stores nothing where a hook has changed since `generation`: some of these may not be
/// open any more. That is looked at under a lock: a firm that is being removed, or a connection that ends,
/// keeps nothing of a delivery that was on its way. Rows are written in one order, so that two batches with
/// the same events do not wait for each other in a circle.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    generation: i64,
    events: &[(&ProvenHook, &NewEvent)],
    received_at: DateTime<Utc>,
) -> Result<Option<Vec<ConnectionId>>, StoreError> {
    let stored = match events {
        [(hook, event)] => insert_one(conn, generation, hook, event, received_at).await,
        events => Box::pin(insert_many(conn, generation, events, received_at)).await,
    };
    match stored {
        Err(sqlx::Error::Database(error))
            if error.code().as_deref() == Some(HOOKS_HAVE_CHANGED) =>
        {
            Ok(None)
        }
        stored => Ok(Some(stored?)),
    }
}

async fn insert_many(
    conn: &mut PgConnection,
    generation: i64,
    events: &[(&ProvenHook, &NewEvent)],
    received_at: DateTime<Utc>,
) -> Result<Vec<ConnectionId>, sqlx::Error> {
    let mut events = events.to_vec();
    events.sort_by_key(|(hook, event)| (hook.firm_id, hook.hook_id, &event.event_id, event.day));
    let firm_ids: Vec<Uuid> = events.iter().map(|(hook, _)| hook.firm_id.0).collect();
    let connection_ids: Vec<Uuid> = events
        .iter()
        .map(|(hook, _)| hook.connection_id.0)
        .collect();
    let hook_ids: Vec<Uuid> = events.iter().map(|(hook, _)| hook.hook_id.0).collect();
    let ids: Vec<&str> = events.iter().map(|(_, it)| it.event_id.as_str()).collect();
    let days: Vec<NaiveDate> = events.iter().map(|(_, event)| event.day).collect();
    let bodies: Vec<&str> = events.iter().map(|(_, it)| it.body.as_str()).collect();
    let with_news = sqlx::query_scalar!(
        r#"
        with held as materialized (
            select where hooks_are_as_of($1)
        )
        insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
        select firm_id, connection_id, hook_id, event_id, day, $8, $8, body::jsonb
        from held
        cross join unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::date[], $7::text[])
            as delivered (firm_id, connection_id, hook_id, event_id, day, body)
        on conflict do nothing
        returning connection_id as "connection_id: ConnectionId"
        "#,
        generation,
        &firm_ids,
        &connection_ids,
        &hook_ids,
        &ids as &[&str],
        &days,
        &bodies as &[&str],
        received_at,
    );
    let mut with_news = with_news.fetch_all(conn).await?;
    with_news.sort_unstable();
    with_news.dedup();
    Ok(with_news)
}

/// The same for a single event, for less than half the price: most events come alone.
async fn insert_one(
    conn: &mut PgConnection,
    generation: i64,
    hook: &ProvenHook,
    event: &NewEvent,
    received_at: DateTime<Utc>,
) -> Result<Vec<ConnectionId>, sqlx::Error> {
    let stored = sqlx::query!(
        r#"
        insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
        select $2, $3, $4, $5, $6, $8, $8, $7::text::jsonb
        where hooks_are_as_of($1)
        on conflict do nothing
        "#,
        generation,
        hook.firm_id.0,
        hook.connection_id.0,
        hook.hook_id.0,
        event.event_id,
        event.day,
        event.body,
        received_at,
    );
    let is_new = stored.execute(conn).await?.rows_affected() > 0;
    Ok(is_new.then_some(hook.connection_id).into_iter().collect())
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
            where e.firm_id = $1 and e.connection_id = $2
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
