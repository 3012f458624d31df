//! *Check deliveries*: compares what Procore says that it delivered with what came, by id.

use std::collections::BTreeMap;

use anyhow::Context as _;
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::connections::find_active;
use super::lost::proven;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, DeliveryComparison};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::procore::{DeliveryFilter, Error, Urgency};
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
        Ok(Some(history)) => Some(compare(app, &connection, &history).await?),
        Ok(None) => {
            tracing::info!(firm.id = %firm_id, "Procore's deliveries did not come whole");
            None
        }
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

/// What Procore says that it delivered.
struct History {
    /// The events that it has delivered or given up: the id of each, and when it came about at the latest.
    events: BTreeMap<String, DateTime<Utc>>,
    /// How many are on their way.
    on_their_way: u64,
}

/// Reads it, by day and webhook; `None` where it does not come whole.
async fn ask(app: &App, connection: &Connection) -> anyhow::Result<Result<Option<History>, Error>> {
    let (firm, id) = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let access = credentials::find_access(&mut conn, connection).await?;
    let hooks = hooks::list_of_company(&mut conn, firm, id).await?;
    drop(conn);
    let access = app.access(connection, &access.context("a connection without access")?)?;
    let api = app.procore.company(access, Urgency::Waiting).webhooks();
    let now = app.clock.now();
    let mut history = History {
        events: BTreeMap::new(),
        on_their_way: 0,
    };
    for hook in hooks.iter().filter_map(|hook| hook.procore_id.as_deref()) {
        let days = days(app.config.event_retention);
        for day in (0..days).map(|ago| now.date_naive() - TimeDelta::days(ago)) {
            let filter = DeliveryFilter {
                status: None,
                start: Some(day),
                end: Some(day),
            };
            let deliveries = match api.deliveries(hook, filter, MOST_PAGES).await {
                Ok(deliveries) if deliveries.is_whole => deliveries.listed,
                Ok(_) => return Ok(Ok(None)),
                Err(error) => return Ok(Err(error)),
            };
            let end_of_day = (day + TimeDelta::days(1))
                .and_time(NaiveTime::MIN)
                .and_utc();
            for delivery in deliveries {
                match delivery.status.as_str() {
                    "enqueued" | "retrying" => history.on_their_way += 1,
                    _ => {
                        let at = delivery.came_about_at().unwrap_or(end_of_day.min(now));
                        // What cannot be read has at least the id of its delivery, which is the same.
                        let event = delivery.event.map(|event| event.id);
                        history.events.insert(event.unwrap_or(delivery.id), at);
                    }
                }
            }
        }
    }
    Ok(Ok(Some(history)))
}

/// What came of them, and since when something is missing that was not read since, nor is about to be.
async fn compare(
    app: &App,
    connection: &Connection,
    history: &History,
) -> anyhow::Result<(DeliveryComparison, Option<DateTime<Utc>>)> {
    let ids: Vec<String> = history.events.keys().cloned().collect();
    let of = (connection.firm_id, connection.id);
    let mut conn = app.db.acquire().await?;
    let missing = shown_events::list_missing(&mut conn, of, &ids).await?;
    let proven = proven(&mut conn, connection).await?;
    drop(conn);
    let came_about = missing
        .iter()
        .filter_map(|id| history.events.get(id))
        .copied();
    let newest = came_about.clone().max();
    let not_read = came_about.filter(|at| proven.at().is_none_or(|read| *at >= read));
    let comparison = DeliveryComparison {
        days: days(app.config.event_retention),
        events: ids.len() as u64,
        missing: missing.len() as u64,
        read_since: newest.is_some() && newest < proven.read,
        on_their_way: history.on_their_way,
    };
    Ok((comparison, not_read.min()))
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
