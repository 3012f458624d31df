//! Deletes what is kept for a time only: sessions, attempt counts, events, what could not be read, the
//! record. Has the vendor's installs looked at, which no firm asks for.

use chrono::TimeDelta;

use super::Error;
use super::procore_sign_in::install;
use crate::app::App;
use crate::store::{
    activities, address_tests, credentials, events, install_waits, projects, sessions, sign_ins,
    throttles, unread, vendor_installs,
};

/// Longer than any throttle counts.
const ATTEMPTS_KEPT: TimeDelta = TimeDelta::days(2);
/// How long support can look at what could not be read after it came last.
const UNREAD_KEPT: TimeDelta = TimeDelta::days(30);
/// How long Procore may take to let a new Client ID and secret be checked.
const CANDIDATES_KEPT: TimeDelta = TimeDelta::days(1);
/// How long a page can say that an app did not come.
const WAITS_KEPT: TimeDelta = TimeDelta::days(30);
/// How long a file of references waits to be saved.
const FILES_KEPT: TimeDelta = TimeDelta::days(1);
/// How far back the vendor's calls can be looked at.
const CALLS_KEPT: TimeDelta = TimeDelta::days(90);
/// Entries of the record that one write deletes.
const AT_A_TIME: i32 = 5_000;

/// Safe to run at any time, in any number of workers.
pub async fn run(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.acquire_for_write().await?;
    sign_ins::purge(&mut conn, now).await?;
    sessions::purge(&mut conn, now).await?;
    throttles::purge(&mut conn, now - ATTEMPTS_KEPT).await?;
    unread::purge_events(&mut conn, now - UNREAD_KEPT).await?;
    unread::purge_records(&mut conn, now - UNREAD_KEPT).await?;
    credentials::drop_old_candidates(&mut conn, now - CANDIDATES_KEPT, now).await?;
    address_tests::purge(&mut conn, now).await?;
    install_waits::purge(&mut conn, now - WAITS_KEPT).await?;
    projects::purge_reference_files(&mut conn, now - FILES_KEPT).await?;
    vendor_installs::purge(&mut conn, (now - CALLS_KEPT).date_naive()).await?;
    install::keep_looking(&mut conn, app).await?;
    conn.finish().await?;
    let mut conn = app.db.acquire_for_write().await?;
    events::drop_days(&mut conn, (now - app.config.event_retention).date_naive()).await?;
    conn.finish().await?;
    loop {
        let mut conn = app.db.acquire_for_write().await?;
        let before = now - app.config.audit_retention;
        let expired = activities::expire(&mut conn, before, AT_A_TIME).await?;
        conn.finish().await?;
        if expired == 0 {
            return Ok(());
        }
    }
}
