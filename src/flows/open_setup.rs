//! A firm whose setup was closed begins a new one.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::{Onboarding, Stage};
use crate::store::{activities, firms, onboardings, queue_lines};

/// Opens a setup at its first step where the firm has none, and returns the step where the open one
/// stands. Two admins at once open one. What the last one created may still be being removed.
pub(crate) async fn run(app: &App, actor: &Actor) -> Result<Stage, Error> {
    let firm = actor.may(Verb::StartAgain)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    firms::find_for_update(&mut tx, firm)
        .await?
        .ok_or(Error::Missing)?;
    if let Some(stored) = onboardings::find_open(&mut tx, firm).await? {
        return Ok(stored.onboarding.stage);
    }
    let fresh = Onboarding::open(app.clock.new_id(), firm, now);
    onboardings::create(&mut tx, &fresh).await?;
    queue_lines::refresh(&mut tx, fresh.firm_id, fresh.id, now).await?;
    let activity = app.activity(actor, ActivityVerb::SetupOpened);
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(fresh.stage)
}
