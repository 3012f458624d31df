//! An admin confirms the plan.

use super::Error;
use super::confirm_checks::evidence;
use super::onboarding::{Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::engine;
use crate::identity::{Actor, Verb};
use crate::ledger::{RunKind, plan};
use crate::onboarding::CheckPurpose;
use crate::onboarding::{Refused, Stage};
use crate::store::credentials;
use crate::store::runs::Run;

/// Turns the plan into a ledger and wakes the worker, together or not at all. Returns the next step.
///
/// Both verifications are required again. Confirming twice starts one completion.
pub async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::StartCompletion)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm_id, seen).await?;
    let (mut onboarding, connection) = (stored.onboarding, stored.connection);
    if matches!(onboarding.stage, Stage::Completing | Stage::Done) {
        return Ok(Stage::Completing); // a double click, or a second admin
    }
    check_version(&onboarding, seen)?;
    let connection = connection.ok_or(Refused::Before(Stage::Credentials))?;
    credentials::end_outdated_proof(&mut tx, &connection, now).await?;
    if credentials::find_access(&mut tx, &connection)
        .await?
        .is_none()
    {
        tx.commit().await?; // that what was proven is over
        return Err(Refused::no_access(connection.target.access_way).into());
    }
    let verified = evidence(&mut tx, &connection, CheckPurpose::Verify).await?;
    let permitted = evidence(&mut tx, &connection, CheckPurpose::Permissions).await?;
    let chosen = connection.settings.as_ref();
    let settings = onboarding.start_completion(chosen, verified, permitted, now)?;
    let (id, kind, of) = (
        app.clock.new_id(),
        RunKind::Completion,
        (firm_id, connection.id),
    );
    let run = Run::of_company(id, kind, of, actor.name(), now);
    engine::begin(&mut tx, &run, &plan::completion(&settings), now).await?;
    save(
        &mut tx,
        app,
        actor,
        &mut onboarding,
        Change::new(ActivityVerb::CompletionStarted),
        now,
    )
    .await?;
    tx.commit().await?;
    Ok(Stage::Completing)
}
