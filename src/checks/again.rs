//! Runs that are due again: their worker died, or Procore was away.

use uuid::Uuid;

use super::{DEADLINE, job};
use crate::app::App;
use crate::identity::{Actor, FirmId};
use crate::store::checks::{self, CheckRow, CheckRun};
use crate::verdict::CheckResult;

/// How many runs one sweep wakes at the most; the next one takes the rest.
const WOKEN_AT_ONCE: i64 = 200;

/// Wakes the runs whose worker died, and starts again those that waited for Procore.
pub async fn wake_due(app: &App) -> anyhow::Result<usize> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let overdue = checks::list_overdue(&mut conn, now, WOKEN_AT_ONCE).await?;
    for (firm_id, check_run_id) in &overdue {
        app.jobs
            .enqueue(&mut conn, &job(*firm_id, *check_run_id))
            .await?;
    }
    let waiting = checks::list_to_retry(&mut conn, now, WOKEN_AT_ONCE).await?;
    drop(conn);
    for (firm_id, check_run_id) in &waiting {
        // One that this release cannot read must not hold up the others.
        if let Err(error) = retry(app, *firm_id, *check_run_id).await {
            tracing::error!(firm.id = %firm_id, "Checks could not be run again: {error:#}");
        }
    }
    Ok(overdue.len() + waiting.len())
}

/// Runs the checks of a waiting run again, in the product's own name: a new run, so that the
/// waiting one stays in the history.
async fn retry(app: &App, firm_id: Uuid, check_run_id: Uuid) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(waiting) = checks::find(&mut tx, firm_id, check_run_id).await? else {
        return Ok(());
    };
    if !checks::clear_retry(&mut tx, firm_id, check_run_id).await? {
        return Ok(()); // another replica was faster
    }
    let newest =
        checks::find_counting(&mut tx, firm_id, waiting.onboarding_id, waiting.purpose).await?;
    if newest.is_some_and(|newest| newest.id == waiting.id) {
        let rows = checks::list_rows(&mut tx, firm_id, check_run_id).await?;
        let again = CheckRun {
            id: app.clock.new_id(),
            started_by: Actor::system_for(FirmId(firm_id)).name().to_owned(),
            started_at: now,
            deadline_at: now + DEADLINE,
            finished_at: None,
            outcome: None,
            code: None,
            retry_at: None,
            ..waiting
        };
        checks::create(&mut tx, &again, &kept(rows)).await?;
        app.jobs.enqueue(&mut tx, &job(firm_id, again.id)).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The rows of the next run: those that passed keep their result and its time.
pub fn kept(rows: Vec<CheckRow>) -> Vec<CheckRow> {
    let passed = |row: &CheckRow| row.result.as_ref().is_some_and(CheckResult::lets_pass);
    rows.into_iter()
        .map(|row| match passed(&row) {
            true => row,
            false => CheckRow {
                check: row.check,
                result: None,
                checked_at: None,
            },
        })
        .collect()
}
