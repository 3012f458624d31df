//! *Check deliveries*: compares what Procore says that it delivered with what came, by id.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::connections::find_active;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, DeliveryComparison};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::procore::{DeliveryFilter, Error, Event, Urgency};
use crate::reconcile;
use crate::store::reconciles::{self, Gap};
use crate::store::{StoreError, activities, credentials, hooks, shown_events};
use crate::work::{self, Lease, Task};

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "compare_deliveries";

/// For how long Procore keeps its history.
const HISTORY: TimeDelta = TimeDelta::days(28);
/// Pages of a hundred deliveries that are read of one day.
const MOST_PAGES: usize = 100;
/// When to ask again after Procore did not answer and named no time.
const PAUSE: TimeDelta = TimeDelta::minutes(2);

/// How many days are compared: those whose deliveries Procore still has, and whose events we have.
pub(crate) fn days(retention: TimeDelta) -> i64 {
    // An event lies under the day of its own, which may be the one before it was delivered.
    HISTORY.min(retention - TimeDelta::days(1)).num_days()
}

/// The work of comparing the deliveries to a connection.
pub(crate) fn task(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// Has the deliveries compared now.
pub(crate) async fn compare_now(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    work::put(conn, task(firm_id, connection), now).await
}

/// Compares them, keeps the result as an entry of the timeline, and has the copy put right where
/// anything did not come.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("deliveries of no firm")?;
    let id = ConnectionId(lease.key);
    let mut conn = app.db.acquire().await?;
    let Some(connection) = find_active(&mut conn, firm_id, id).await? else {
        return Ok(());
    };
    if credentials::find_access(&mut conn, &connection)
        .await?
        .is_none()
    {
        return Ok(()); // what opened the company is over meanwhile
    }
    drop(conn);
    let compared = match ask(app, &connection).await? {
        Ok(events) => Some(compare(app, &connection, &events).await?),
        Err(Error::Ours { .. }) => anyhow::bail!("our own records failed"),
        Err(error) if error.until().is_some() || matches!(error, Error::Unavailable { .. }) => {
            let mut conn = app.db.acquire_for_write().await?;
            let later = error.until().unwrap_or(app.clock.now() + PAUSE);
            work::put(&mut conn, task(firm_id, id), later).await?;
            return Ok(conn.finish().await?);
        }
        Err(error) => {
            tracing::info!(firm.id = %firm_id, "Procore's deliveries cannot be listed: {error}");
            None
        }
    };
    let now = app.clock.now();
    let system = Actor::system_for(firm_id);
    let mut tx = app.db.begin().await?;
    let facts = json!({
        "connection": id,
        "compared": compared.as_ref().map(|(comparison, _)| comparison),
    });
    let activity = app.activity(&system, ActivityVerb::DeliveriesCompared);
    activities::record(&mut tx, &activity.with(facts)).await?;
    if let Some((_, Some(from))) = compared {
        reconciles::note_gap(
            &mut tx,
            (firm_id, id),
            Gap {
                from,
                to: now,
                lost: true,
            },
        )
        .await?;
        work::put(&mut tx, reconcile::task(firm_id, id), now).await?;
    }
    Ok(tx.commit().await?)
}

/// The events that Procore has delivered or given up, by its history, and how many are on their way.
async fn ask(
    app: &App,
    connection: &Connection,
) -> anyhow::Result<Result<(Vec<Event>, u64), Error>> {
    let (firm, id) = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let access = credentials::find_access(&mut conn, connection).await?;
    let hooks = hooks::list_of_company(&mut conn, firm, id).await?;
    drop(conn);
    let access = app.access(connection, &access.context("a connection without access")?)?;
    let api = app.procore.company(access, Urgency::Waiting).webhooks();
    let today = app.clock.now().date_naive();
    let (mut events, mut on_their_way) = (Vec::new(), 0);
    for hook in hooks.iter().filter_map(|hook| hook.procore_id.as_deref()) {
        let days = days(app.config.event_retention);
        for day in (0..days).map(|ago| today - TimeDelta::days(ago)) {
            let filter = DeliveryFilter {
                status: None,
                start: Some(day),
                end: Some(day),
            };
            let listed = match api.deliveries(hook, filter, MOST_PAGES).await {
                Ok(listed) => listed,
                Err(error) => return Ok(Err(error)),
            };
            for delivery in listed {
                match delivery.status.as_str() {
                    "enqueued" | "retrying" => on_their_way += 1,
                    _ => events.extend(delivery.event),
                }
            }
        }
    }
    Ok(Ok((events, on_their_way)))
}

/// What came of them, and since when something is missing.
async fn compare(
    app: &App,
    connection: &Connection,
    (events, on_their_way): &(Vec<Event>, u64),
) -> anyhow::Result<(DeliveryComparison, Option<DateTime<Utc>>)> {
    let mut ids: Vec<String> = events.iter().map(|event| event.id.clone()).collect();
    ids.sort_unstable();
    ids.dedup();
    let of = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let missing = shown_events::list_missing(&mut conn, of, &ids).await?;
    drop(conn);
    let lost = events.iter().filter(|event| missing.contains(&event.id));
    let began = lost.filter_map(|event| event.timestamp).min();
    let days = days(app.config.event_retention);
    let since_history = app.clock.now() - TimeDelta::days(days);
    let comparison = DeliveryComparison {
        days,
        events: ids.len() as u64,
        missing: missing.len() as u64,
        on_their_way: *on_their_way,
    };
    let from = (!missing.is_empty()).then(|| began.unwrap_or(since_history));
    Ok((comparison, from))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_day_is_compared_whose_events_are_dropped() {
        for (retention, expected) in [(90, 28), (29, 28), (28, 27), (7, 6)] {
            assert_eq!(days(TimeDelta::days(retention)), expected);
        }
    }
}
