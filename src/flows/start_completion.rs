//! An admin confirms the plan.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::completion;
use crate::identity::{Actor, Verb};
use crate::onboarding::ledger::{CheckPurpose, IntegrationState, RunState};
use crate::onboarding::{Evidence, Onboarding, Refused, Stage, plan};
use crate::store::activities::{self, NewActivity};
use crate::store::checks::{self, Outcome};
use crate::store::integrations::{self, Integration};
use crate::store::runs::{self, Run};
use crate::store::{actions, attention, credentials, onboardings};

/// Turns the plan into a ledger and wakes the worker, together or not at all.
///
/// Both verifications are looked at once more. Confirming twice starts one completion.
pub async fn run(app: &App, actor: &Actor, onboarding_id: Uuid, version: i64) -> Result<(), Error> {
    let firm_id: Uuid = actor.may(Verb::StartCompletion)?.into();
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = onboardings::find_for_update(&mut tx, firm_id, onboarding_id)
        .await?
        .ok_or(Error::Missing)?
        .onboarding;
    if matches!(onboarding.stage, Stage::Completing | Stage::Done) {
        return Ok(()); // a double click, or a second admin
    }
    if onboarding.version != version {
        return Err(Error::Stale);
    }
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
        firm_id,
        integration_id: integration.id,
        onboarding_id: onboarding.id,
        state: RunState::Running,
        due_at: now,
        code: None,
        told_code: None,
        started_by: actor.name().to_owned(),
        started_at: now,
        finished_at: None,
    };
    runs::create(&mut tx, &run).await?;
    actions::create(&mut tx, firm_id, run.id, &plan::actions(&settings), now).await?;
    onboardings::save(&mut tx, &mut onboarding, actor.name()).await?;
    let activity = NewActivity::new(app.clock.new_id(), now, actor, "completion.started")
        .about(integration.company_name);
    activities::record(&mut tx, &activity).await?;
    attention::refresh(&mut tx, firm_id, onboarding.id, now).await?;
    let job = completion::job(firm_id, run.id);
    app.jobs.enqueue(&mut tx, &job).await?;
    tx.commit().await?;
    Ok(())
}

/// Whether the newest checks of the details and settings in use passed.
async fn evidence(
    conn: &mut PgConnection,
    onboarding: &Onboarding,
    purpose: CheckPurpose,
) -> Result<Evidence, Error> {
    let (firm_id, id) = (onboarding.firm_id, onboarding.id);
    let newest = checks::find_newest(conn, firm_id, id, purpose).await?;
    let counts = newest.is_some_and(|run| {
        let of_these = match purpose {
            CheckPurpose::Verify => true,
            CheckPurpose::Permissions => run.settings == onboarding.settings,
        };
        of_these && run.outcome == Some(Outcome::Passed)
    });
    Ok(if counts {
        Evidence::Passed
    } else {
        Evidence::Missing
    })
}
