//! Removes sessions that are over and counts of attempts that no longer matter.

use chrono::TimeDelta;

use super::Error;
use crate::app::App;
use crate::store::{sessions, throttles};

/// Longer than any throttle remembers.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(2);

/// Safe to run at any time, by any number of workers.
pub async fn run(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    sessions::purge(&mut conn, now).await?;
    throttles::purge(&mut conn, now - ATTEMPTS_KEPT).await?;
    Ok(())
}
