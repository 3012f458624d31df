//! Runs that are done again: Procore was away.

use super::task;
use crate::app::App;
use crate::identity::{Actor, CheckRunId, FirmId};
use crate::onboarding::CheckPurpose;
use crate::store::checks::{self, CheckRow, CheckRun};
use crate::store::credentials;
use crate::verdict::{CheckResult, ReasonCode};
use crate::work;

/// Runs the checks of a waiting run again, in the product's own name: a new run, so that the
/// waiting one stays in the history. Its reason holds until the new one has an answer.
pub(super) async fn retry(
    app: &App,
    firm_id: FirmId,
    check_run_id: CheckRunId,
) -> anyhow::Result<()> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let Some(waiting) = checks::find(&mut tx, firm_id, check_run_id).await? else {
        return Ok(());
    };
    if !checks::clear_retry(&mut tx, firm_id, check_run_id).await? {
        return Ok(()); // another replica was faster
    }
    let candidate = waiting.credential_id;
    let tested = credentials::find_candidate(&mut tx, firm_id, candidate).await?;
    let newest = match (tested, waiting.purpose, &waiting.settings) {
        (Some(_), ..) => checks::find_of_credential(&mut tx, firm_id, candidate).await?,
        (None, CheckPurpose::Permissions, Some(settings)) => {
            checks::find_of_choice(&mut tx, firm_id, waiting.connection_id, settings).await?
        }
        (None, purpose, _) => {
            checks::find_counting(&mut tx, firm_id, waiting.connection_id, purpose).await?
        }
    };
    if newest.is_some_and(|newest| newest.id == waiting.id) {
        let rows = checks::list_rows(&mut tx, firm_id, check_run_id).await?;
        let again = CheckRun {
            id: app.clock.new_id(),
            started_by: Actor::system_for(firm_id).name().to_owned(),
            started_at: now,
            finished_at: None,
            outcome: None,
            retry_at: None,
            ..waiting
        };
        checks::create(&mut tx, &again, &kept(rows)).await?;
        work::put(&mut tx, task(firm_id, again.id), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The rows of the next run: those that passed keep their result and its time. That no project is
/// shared may have changed meanwhile.
pub(crate) fn kept(rows: Vec<CheckRow>) -> Vec<CheckRow> {
    let lets_pass =
        |result: &CheckResult| result.lets_pass() && result.reason != Some(ReasonCode::NoProjects);
    let passed = |row: &CheckRow| row.result.as_ref().is_some_and(lets_pass);
    rows.into_iter()
        .map(|row| match passed(&row) {
            true => row,
            false => CheckRow::fresh(row.check),
        })
        .collect()
}
