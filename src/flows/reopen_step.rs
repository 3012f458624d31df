//! Support moves a firm back to an earlier step.

use super::case::{self, CaseError, SeenCase};
use super::onboarding::{Change, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::CheckPurpose;
use crate::onboarding::Stage;
use crate::onboarding::case::{WhyNot, reopen_step};
use crate::store::checks;
use serde_json::json;

/// Reopens `step`. What was entered stays; the checks from that step on no longer count.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    step: Stage,
    reason: &Remark,
) -> Result<(), CaseError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseStepReopened;
    let locked = case::begin(&mut tx, app, actor, Verb::ReopenStep, change, page).await?;
    let Some(mut locked) = locked else {
        return Ok(());
    };
    if !reopen_step(&locked.evidence)?.contains(&step) {
        return Err(WhyNot::NoEarlierStep.into());
    }
    let from_there_on = Stage::STEPS.into_iter().filter(|later| *later >= step);
    let purposes: Vec<CheckPurpose> = from_there_on.filter_map(purpose).collect();
    let onboarding = &mut locked.onboarding;
    onboarding
        .reopen_step(step, now)
        .map_err(super::Error::from)?;
    if let Some(connection) = onboarding.connection_id {
        let firm_id = locked.firm;
        checks::set_aside(&mut tx, firm_id, connection, &purposes, now).await?;
    }
    let change = Change {
        details: json!({ "stage": step }),
        ..Change::new(ActivityVerb::SetupStepReopened)
    };
    save(&mut tx, app, actor, onboarding, change, now).await?;
    let facts = json!({ "stage": step });
    case::finish_with(&mut tx, app, actor, &locked, None, facts, reason).await?;
    tx.commit().await?;
    Ok(())
}

fn purpose(step: Stage) -> Option<CheckPurpose> {
    match step {
        Stage::Verify => Some(CheckPurpose::Verify),
        Stage::Permissions => Some(CheckPurpose::Permissions),
        Stage::Review
        | Stage::Credentials
        | Stage::Settings
        | Stage::Complete
        | Stage::Completing
        | Stage::Done => None,
    }
}
