//! Deletes expired sessions and attempt counts.

use chrono::TimeDelta;

use super::Error;
use crate::app::App;
use crate::store::{sessions, throttles};

/// Longer than any throttle counts.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(2);

/// Safe to run at any time, in any number of workers.
pub async fn run(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.acquire_for_write().await?;
    sessions::purge(&mut conn, now).await?;
    throttles::purge(&mut conn, now - ATTEMPTS_KEPT).await?;
    Ok(conn.finish().await?)
}
