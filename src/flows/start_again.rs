//! An admin starts the setup again.

use super::Error;
use super::onboarding::{Change, Seen, disconnect, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::ledger::{RunKind, RunState};
use crate::onboarding::{Onboarding, Refused, Stage};
use crate::store::{onboardings, queue_lines, runs};

/// Archives the setup with its connection and opens a new one at its first step.
///
/// The old one stays visible to support, without its secret; the Procore company is released. What
/// the firm wants to bring is still ticked.
/// Refused while a completion runs, and once Procore is connected. Returns the next step.
pub async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::StartAgain)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm_id, seen).await?;
    let (mut onboarding, connection) = (stored.onboarding, stored.connection);
    let run = match &connection {
        Some(connection) => {
            runs::find_open_for_update(&mut tx, firm_id, connection.id, RunKind::Completion).await?
        }
        None => None,
    };
    let moving = run
        .as_ref()
        .is_some_and(|run| run.state != RunState::NeedsPerson);
    // What a parked run created in Procore is removed by support, who close the case.
    if run.is_some() && !moving {
        return Err(Refused::Running.into());
    }
    onboarding.archive(moving, now)?;
    if let Some(connection) = connection {
        disconnect(&mut tx, connection, now).await?;
    }
    save(
        &mut tx,
        app,
        actor,
        &mut onboarding,
        Change::new(ActivityVerb::SetupStartedAgain),
        now,
    )
    .await?;

    let fresh = Onboarding {
        known_company_id: onboarding.known_company_id,
        draft: onboarding.draft,
        ..Onboarding::open(app.clock.new_id(), firm_id, now)
    };
    onboardings::create(&mut tx, &fresh).await?;
    queue_lines::refresh(&mut tx, fresh.firm_id, fresh.id, now).await?;
    tx.commit().await?;
    Ok(Stage::Review)
}
