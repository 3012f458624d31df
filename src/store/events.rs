//! The table `event`: what Procore delivered, once per event, kept by day.

use std::collections::HashSet;

use chrono::{DateTime, Days, NaiveDate, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId, HookId};

/// Days for which partitions are made in advance, today included.
const DAYS_AHEAD: u64 = 3;

/// A hook of ours, with the address and the `Authorization` value that were used for it, as hashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ProvenHook {
    pub firm_id: FirmId,
    pub hook_id: HookId,
    pub endpoint_hash: Vec<u8>,
    pub secret_hash: Vec<u8>,
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

/// What became of deliveries that were stored together.
#[derive(Debug, Default)]
pub(crate) struct Inserted {
    /// The places of the hooks to which nothing may be delivered (any more): nothing of theirs is stored.
    pub closed: Vec<usize>,
    /// The connections with an event that was not known before.
    pub with_news: Vec<(FirmId, ConnectionId)>,
}

/// Stores events of any firms, each given with the place of its hook in `hooks`. The work that applies
/// them is [put](super::waiting_events::put_work) afterwards.
///
/// The hooks are locked: a firm that is being removed, or a connection that ends, keeps nothing of a
/// delivery that was on its way. Rows are locked in one order, so that two batches with the same
/// events do not wait for each other in a circle.
pub(crate) async fn insert(
    conn: &mut PgConnection,
    hooks: &[&ProvenHook],
    events: &[(usize, &NewEvent)],
    received_at: DateTime<Utc>,
) -> Result<Inserted, StoreError> {
    if let ([hook], [(_, event)]) = (hooks, events) {
        return insert_one(conn, hook, event, received_at).await;
    }
    let firm_ids: Vec<Uuid> = hooks.iter().map(|hook| hook.firm_id.0).collect();
    let hook_ids: Vec<Uuid> = hooks.iter().map(|hook| hook.hook_id.0).collect();
    let secrets: Vec<&[u8]> = hooks.iter().map(|it| it.secret_hash.as_slice()).collect();
    let endpoints: Vec<&[u8]> = hooks.iter().map(|it| it.endpoint_hash.as_slice()).collect();
    // SQL counts from one.
    let places: Vec<i64> = (events.iter())
        .map(|(hook, _)| i64::try_from(hook + 1).unwrap_or(i64::MAX))
        .collect();
    let ids: Vec<&str> = events.iter().map(|(_, it)| it.event_id.as_str()).collect();
    let days: Vec<NaiveDate> = events.iter().map(|(_, event)| event.day).collect();
    let bodies: Vec<&str> = events.iter().map(|(_, it)| it.body.as_str()).collect();
    let open = sqlx::query!(
        r#"
        with held as materialized (
            select hook.firm_id, hook.hook_id, hook.connection_id, proven.place
            from unnest($1::uuid[], $2::uuid[], $3::bytea[], $9::bytea[])
                with ordinality as proven (firm_id, hook_id, secret_hash, endpoint_hash, place)
            join hook on hook.firm_id = proven.firm_id and hook.hook_id = proven.hook_id
            where hook.closed_at is null and hook.endpoint_hash = proven.endpoint_hash
              and (hook.secret_hash = proven.secret_hash
                   or hook.old_secret_hash = proven.secret_hash and hook.old_until > $8)
            order by hook.firm_id, hook.hook_id
            for share of hook
        ), stored as (
            insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
            select held.firm_id, held.connection_id, held.hook_id, event_id, day, $8, $8, body::jsonb
            from unnest($4::bigint[], $5::text[], $6::date[], $7::text[])
                as delivered (place, event_id, day, body)
            join held using (place)
            order by held.firm_id, held.hook_id, event_id, day
            on conflict do nothing
            returning hook_id
        )
        select place as "place!", firm_id as "firm_id: FirmId", connection_id as "connection_id: ConnectionId",
               hook_id in (select hook_id from stored) as "has_news!"
        from held
        "#,
        &firm_ids,
        &hook_ids,
        &secrets as &[&[u8]],
        &places,
        &ids as &[&str],
        &days,
        &bodies as &[&str],
        received_at,
        &endpoints as &[&[u8]],
    )
    .fetch_all(conn)
    .await?;
    let places: HashSet<i64> = open.iter().map(|hook| hook.place).collect();
    let closed = (1..)
        .zip(0..hooks.len())
        .filter(|(place, _)| !places.contains(place));
    Ok(Inserted {
        closed: closed.map(|(_, hook)| hook).collect(),
        with_news: (open.into_iter().filter(|hook| hook.has_news))
            .map(|hook| (hook.firm_id, hook.connection_id))
            .collect(),
    })
}

/// The same for a single event, for half the price: most events come alone.
async fn insert_one(
    conn: &mut PgConnection,
    hook: &ProvenHook,
    event: &NewEvent,
    received_at: DateTime<Utc>,
) -> Result<Inserted, StoreError> {
    let held = sqlx::query!(
        r#"
        with held as materialized (
            select firm_id, hook_id, connection_id
            from hook
            where firm_id = $1 and hook_id = $2 and endpoint_hash = $8 and closed_at is null
              and (secret_hash = $3 or old_secret_hash = $3 and old_until > $4)
            for share
        ), stored as (
            insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
            select firm_id, connection_id, hook_id, $5, $6, $4, $4, $7::text::jsonb
            from held
            on conflict do nothing
            returning true
        )
        select connection_id as "connection_id: ConnectionId", exists (select from stored) as "is_new!"
        from held
        "#,
        hook.firm_id.0,
        hook.hook_id.0,
        hook.secret_hash,
        received_at,
        event.event_id,
        event.day,
        event.body,
        hook.endpoint_hash,
    )
    .fetch_optional(conn)
    .await?;
    Ok(match held {
        None => Inserted {
            closed: vec![0],
            ..Inserted::default()
        },
        Some(held) => Inserted {
            with_news: (held.is_new.then_some((hook.firm_id, held.connection_id)))
                .into_iter()
                .collect(),
            ..Inserted::default()
        },
    })
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
