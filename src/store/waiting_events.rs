//! The table `event`, as far as its events wait to be applied.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::connection::EventOutcome;
use crate::identity::{ConnectionId, FirmId, HookId};

/// An event that waits to be applied.
#[derive(Debug)]
pub(crate) struct WaitingEvent {
    pub key: EventKey,
    /// The project whose hook delivered it; 0 for the company's.
    pub project_id: i64,
    pub body: String,
    pub received_at: DateTime<Utc>,
    /// How often Procore did not show the record yet.
    pub tries: i16,
}

/// What an event is known by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventKey {
    pub hook_id: HookId,
    pub event_id: String,
    pub day: NaiveDate,
}

/// The events of a connection that are due at `now`, up to `limit`, what has waited longest first.
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<WaitingEvent>, StoreError> {
    let rows = sqlx::query!(
        r#"
        select e.hook_id as "hook_id: HookId", e.event_id, e.day, e.body::text as "body!", e.tries,
               e.received_at, h.project_id
        from event e
        join hook h on h.firm_id = e.firm_id and h.hook_id = e.hook_id
        where e.firm_id = $1 and e.connection_id = $2 and e.handled_at is null and e.due_at <= $3
        order by e.due_at, e.event_id
        limit $4
        "#,
        firm_id.0,
        connection_id.0,
        now,
        limit,
    );
    let rows = rows.fetch_all(conn).await?;
    let waiting = rows.into_iter().map(|row| WaitingEvent {
        key: EventKey {
            hook_id: row.hook_id,
            event_id: row.event_id,
            day: row.day,
        },
        project_id: row.project_id,
        body: row.body,
        received_at: row.received_at,
        tries: row.tries,
    });
    Ok(waiting.collect())
}

/// Events that were due for a while and still wait.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Overdue {
    pub count: u64,
    /// When the first of them came.
    pub since: Option<DateTime<Utc>>,
}

/// The events of a connection that were due before `before`.
pub(crate) async fn overdue(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    before: DateTime<Utc>,
) -> Result<Overdue, StoreError> {
    let found = sqlx::query!(
        r#"
        select count(*) as "count!", min(e.received_at) as since
        from event e
        join hook h on h.firm_id = e.firm_id and h.hook_id = e.hook_id
        where e.firm_id = $1 and e.connection_id = $2 and e.handled_at is null and e.due_at < $3
        "#,
        firm_id.0,
        connection_id.0,
        before,
    );
    let found = found.fetch_one(conn).await?;
    Ok(Overdue {
        count: found.count.unsigned_abs(),
        since: found.since,
    })
}

/// When the next event of a connection is due.
pub(crate) async fn next_due(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let next = sqlx::query_scalar!(
        r#"
        select e.due_at as "due_at!"
        from event e
        join hook h on h.firm_id = e.firm_id and h.hook_id = e.hook_id
        where e.firm_id = $1 and e.connection_id = $2 and e.handled_at is null
        order by e.due_at
        limit 1
        "#,
        firm_id.0,
        connection_id.0,
    );
    Ok(next.fetch_optional(conn).await?)
}

/// Notes what became of events, unless that is known.
pub(crate) async fn settle(
    conn: &mut PgConnection,
    firm_id: FirmId,
    events: &[EventKey],
    outcome: EventOutcome,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (hooks, ids, days) = columns(events);
    sqlx::query!(
        r#"
        update event e
        set handled_at = $2, outcome = $3, due_at = null
        from unnest($4::uuid[], $5::text[], $6::date[]) as settled (hook_id, event_id, day)
        where e.firm_id = $1 and e.hook_id = settled.hook_id and e.event_id = settled.event_id
          and e.day = settled.day and e.handled_at is null
        "#,
        firm_id.0,
        now,
        outcome.as_str(),
        &hooks,
        &ids as &[&str],
        &days,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts events off until `due_at`; `tried` says whether Procore was asked and did not show the record.
pub(crate) async fn put_off(
    conn: &mut PgConnection,
    firm_id: FirmId,
    events: &[EventKey],
    due_at: DateTime<Utc>,
    tried: bool,
) -> Result<(), StoreError> {
    let (hooks, ids, days) = columns(events);
    sqlx::query!(
        r#"
        update event e
        set due_at = $2, tries = e.tries + $3::int::smallint
        from unnest($4::uuid[], $5::text[], $6::date[]) as later (hook_id, event_id, day)
        where e.firm_id = $1 and e.hook_id = later.hook_id and e.event_id = later.event_id
          and e.day = later.day and e.handled_at is null
        "#,
        firm_id.0,
        due_at,
        i32::from(tried),
        &hooks,
        &ids as &[&str],
        &days,
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn columns(events: &[EventKey]) -> (Vec<Uuid>, Vec<&str>, Vec<NaiveDate>) {
    (
        events.iter().map(|event| event.hook_id.0).collect(),
        events.iter().map(|event| event.event_id.as_str()).collect(),
        events.iter().map(|event| event.day).collect(),
    )
}
