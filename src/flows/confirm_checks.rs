//! An admin leaves a verification step whose checks passed.

use sqlx::PgConnection;

use super::Error;
use super::onboarding::{Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, Verb};
use crate::onboarding::CheckPurpose;
use crate::onboarding::{Evidence, Stage};
use crate::store::checks::{self, CheckOutcome};

/// Moves a firm past a verification that its current details have passed, and returns the step where
/// the setup stands. Does nothing if that was done before. A page that showed other details, or another choice
/// of data sets, confirms nothing.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    purpose: CheckPurpose,
) -> Result<Stage, Error> {
    let (verb, done) = match purpose {
        CheckPurpose::Verify => (
            Verb::ConfirmVerification,
            ActivityVerb::SetupCompanyConfirmed,
        ),
        CheckPurpose::Permissions => (
            Verb::ConfirmPermissions,
            ActivityVerb::SetupPermissionsConfirmed,
        ),
    };
    let firm_id = actor.may(verb)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm_id, seen).await?;
    let settings = stored.settings().cloned();
    let mut onboarding = stored.onboarding;
    let before = onboarding.stage;
    let evidence = match &stored.connection {
        Some(connection) => evidence(&mut tx, connection, purpose).await?,
        None => Evidence::Missing,
    };
    match purpose {
        CheckPurpose::Verify => {
            onboarding.confirm_verification(settings.as_ref(), evidence, now)?;
        }
        CheckPurpose::Permissions => onboarding.confirm_permissions(evidence, now)?,
    }
    if onboarding.stage != before {
        // Advancing is the only change so far; `save` raises the version.
        check_version(&onboarding, seen)?;
        save(&mut tx, app, actor, &mut onboarding, Change::new(done), now).await?;
    }
    tx.commit().await?;
    Ok(onboarding.stage)
}

/// Whether the checks for the current details and settings passed.
pub(super) async fn evidence(
    conn: &mut PgConnection,
    connection: &Connection,
    purpose: CheckPurpose,
) -> Result<Evidence, Error> {
    let firm_id = connection.firm_id;
    let run = checks::find_counting(conn, firm_id, connection.id, purpose).await?;
    Ok(
        if run.is_some_and(|run| run.outcome == Some(CheckOutcome::Passed)) {
            Evidence::Passed
        } else {
            Evidence::Missing
        },
    )
}
