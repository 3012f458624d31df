//! The table `event`, as far as its events wait to be applied.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::connection::EventOutcome;
use crate::identity::{ConnectionId, FirmId, HookId};

/// The kind of the work that applies events. The word is stored with what is due.
pub(crate) const APPLY: &str = "events";

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

/// Puts the work that applies what was stored for these connections.
///
/// Work that is due already is left alone, without being locked: who takes it later sees what was
/// stored before this was asked. A firm that is being removed is waited for, and gone then.
pub(crate) async fn put_work(
    conn: &mut PgConnection,
    connections: &[(FirmId, ConnectionId)],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let firms: Vec<Uuid> = connections.iter().map(|(firm, _)| firm.0).collect();
    let connections: Vec<Uuid> = connections.iter().map(|(_, it)| it.0).collect();
    sqlx::query!(
        r#"
        with lacking as materialized (
            select firm_id, connection_id
            from unnest($2::uuid[], $3::uuid[]) as stored (firm_id, connection_id)
            -- A lookup for each: joined, Postgres may read all the work of this kind.
            where (select due_at from work where kind = $1 and key = stored.connection_id) <= $4 is not true
        ), wanted as materialized (
            select lacking.connection_id, firm.firm_id
            from lacking
            join firm on firm.firm_id = lacking.firm_id
            order by firm.firm_id
            for share of firm
        ), put as (
            insert into work (kind, key, firm_id, due_at)
            select $1, connection_id, firm_id, $4::timestamptz from wanted
            order by connection_id
            on conflict (kind, key) do update set due_at = least(work.due_at, excluded.due_at)
            returning true
        )
        select pg_notify('work', '') where exists (select from put)
        "#,
        APPLY,
        &firms,
        &connections,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the work of connections that are read and have events waiting, and no such work: a process that was
/// killed between storing events and [putting](put_work) their work left them.
pub(crate) async fn put_left_work(conn: &mut PgConnection) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with recursive waiting as (
            (
                select firm_id, connection_id from event
                where handled_at is null
                order by firm_id, connection_id
                limit 1
            )
            union all
            -- From one connection to the next, however much waits for each.
            select next.firm_id, next.connection_id
            from waiting
            cross join lateral (
                select firm_id, connection_id from event
                where handled_at is null
                  and (firm_id, connection_id) > (waiting.firm_id, waiting.connection_id)
                order by firm_id, connection_id
                limit 1
            ) as next
        ), wanted as materialized (
            select waiting.firm_id, waiting.connection_id, first.due_at
            from waiting
            join firm on firm.firm_id = waiting.firm_id
            join connection on connection.firm_id = waiting.firm_id
                           and connection.connection_id = waiting.connection_id
            cross join lateral (
                select e.due_at
                from event e
                join hook h on h.firm_id = e.firm_id and h.hook_id = e.hook_id
                where e.firm_id = waiting.firm_id and e.connection_id = waiting.connection_id
                  and e.handled_at is null
                order by e.due_at
                limit 1
            ) as first
            where connection.state = 'connected' and connection.paused_at is null
              and not exists (
                  select from work where work.kind = $1 and work.key = waiting.connection_id
              )
            order by firm.firm_id
            for share of firm
        ), put as (
            insert into work (kind, key, firm_id, due_at)
            select $1, connection_id, firm_id, due_at from wanted
            order by connection_id
            on conflict do nothing
            returning true
        )
        select pg_notify('work', '') where exists (select from put)
        "#,
        APPLY,
    )
    .execute(conn)
    .await?;
    Ok(())
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
