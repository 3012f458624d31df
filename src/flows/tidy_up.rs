//! Deletes expired sessions, attempt counts, and what Procore sent that could not be read.

use chrono::TimeDelta;

use super::Error;
use crate::app::App;
use crate::store::{sessions, throttles, unread};

/// Longer than any throttle counts.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(2);
/// How long support can look at what could not be read after it came last.
const UNREAD_KEPT: TimeDelta = TimeDelta::days(30);

/// Safe to run at any time, in any number of workers.
pub async fn run(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.acquire_for_write().await?;
    sessions::purge(&mut conn, now).await?;
    throttles::purge(&mut conn, now - ATTEMPTS_KEPT).await?;
    unread::purge_events(&mut conn, now - UNREAD_KEPT).await?;
    unread::purge_records(&mut conn, now - UNREAD_KEPT).await?;
    Ok(conn.finish().await?)
}
