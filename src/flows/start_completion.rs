//! An admin confirms the plan.

use uuid::Uuid;

use super::Error;
use super::confirm_checks::evidence;
use super::onboarding::{Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::completion;
use crate::identity::{Actor, Verb};
use crate::onboarding::ledger::{CheckPurpose, IntegrationState, RunKind, RunState};
use crate::onboarding::{Refused, Stage, plan};
use crate::store::integrations::{self, Integration};
use crate::store::runs::{self, Run};
use crate::store::{actions, credentials};
use crate::work;

/// Turns the plan into a ledger and wakes the worker, together or not at all.
///
/// Both verifications are looked at once more. Confirming twice starts one completion. Returns the next step.
pub async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<Stage, Error> {
    let firm_id: Uuid = actor.may(Verb::StartCompletion)?.into();
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = lock(&mut tx, firm_id.into(), seen).await?.onboarding;
    if matches!(onboarding.stage, Stage::Completing | Stage::Done) {
        return Ok(Stage::Completing); // a double click, or a second admin
    }
    check_version(&onboarding, seen)?;
    let verified = evidence(&mut tx, &onboarding, CheckPurpose::Verify).await?;
    let permitted = evidence(&mut tx, &onboarding, CheckPurpose::Permissions).await?;
    let settings = onboarding.start_completion(verified, permitted, now)?;
    let credential = credentials::find_current(&mut tx, firm_id, onboarding.id).await?;
    let (Some(target), Some(credential)) = (onboarding.target.clone(), credential) else {
        return Err(Refused::Before(Stage::Credentials).into());
    };

    let integration = Integration {
        id: app.clock.new_id(),
        firm_id,
        onboarding_id: onboarding.id,
        environment: target.environment,
        company_id: target.company_id,
        company_name: onboarding.company_name.clone().unwrap_or_default(),
        credential_id: credential.id,
        settings: settings.clone(),
        state: IntegrationState::SettingUp,
        created_at: now,
        connected_at: None,
        last_sync_at: None,
    };
    integrations::create(&mut tx, &integration).await?;
    let run = Run {
        id: app.clock.new_id(),
        kind: RunKind::Completion,
        firm_id,
        integration_id: integration.id,
        onboarding_id: onboarding.id,
        state: RunState::Running,
        code: None,
        told_code: None,
        started_by: actor.name().to_owned(),
        started_at: now,
        finished_at: None,
    };
    runs::create(&mut tx, &run).await?;
    actions::create(&mut tx, firm_id, run.id, &plan::actions(&settings), now).await?;
    save(
        &mut tx,
        app,
        actor,
        &mut onboarding,
        Change::new(ActivityVerb::CompletionStarted),
        now,
    )
    .await?;
    work::put(&mut tx, completion::task(firm_id, run.id), now).await?;
    tx.commit().await?;
    Ok(Stage::Completing)
}
