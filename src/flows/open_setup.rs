//! A firm whose setup was closed begins a new one.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::{Onboarding, Stage};
use crate::store::{activities, firms, onboardings, queue_lines, runs};

/// What became of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenedSetup {
    /// There is an open setup, from now on or already; it stands at this step.
    At(Stage),
    /// What the closed one created in Procore is still being removed.
    BeingRemoved,
}

/// Opens a setup at its first step where the firm has none. Two admins at once open one.
pub(crate) async fn run(app: &App, actor: &Actor) -> Result<OpenedSetup, Error> {
    let firm = actor.may(Verb::StartAgain)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    firms::find_for_update(&mut tx, firm)
        .await?
        .ok_or(Error::Missing)?;
    if let Some(stored) = onboardings::find_open(&mut tx, firm).await? {
        return Ok(OpenedSetup::At(stored.onboarding.stage));
    }
    if runs::is_removing(&mut tx, firm).await? {
        return Ok(OpenedSetup::BeingRemoved);
    }
    let fresh = Onboarding::open(app.clock.new_id(), firm, now);
    onboardings::create(&mut tx, &fresh).await?;
    queue_lines::refresh(&mut tx, fresh.firm_id, fresh.id, now).await?;
    let activity = app.activity(actor, ActivityVerb::SetupOpened);
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(OpenedSetup::At(fresh.stage))
}
