//! What follows when this installation did not work for a while.

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::store::heartbeats;
use crate::store::reconciles::{self, Gap};

/// A shorter pause is a restart.
const OUTAGE: TimeDelta = TimeDelta::hours(1);
/// Procore discards what it could not deliver for twelve hours; its retries are up to an hour apart.
const LOSES_EVENTS: TimeDelta = TimeDelta::hours(11);

/// Notes that this installation works. Where it did not for a while, every copy catches up at once, and
/// is read whole if Procore may have discarded events.
pub(crate) async fn notice(app: &App) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let last = heartbeats::beat(&mut tx, now).await?;
    if let Some(last) = last.filter(|last| now - *last >= OUTAGE) {
        tracing::warn!("Nothing was done here since {last}: every copy is checked");
        reconciles::after_outage(&mut tx, super::KIND, lost(last, now), now).await?;
    }
    Ok(tx.commit().await?)
}

fn lost(from: DateTime<Utc>, to: DateTime<Utc>) -> Option<Gap> {
    (to - from >= LOSES_EVENTS).then_some(Gap {
        from,
        to,
        lost: true,
    })
}
