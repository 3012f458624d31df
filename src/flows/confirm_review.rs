//! An admin has read what will happen.

use super::Error;
use super::onboarding::{Deed, Seen, hold, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::Stage;

/// Moves a firm from the review to the Procore details; does nothing where it was done before.
pub async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<(), Error> {
    let firm_id = actor.may(Verb::ConfirmReview)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = hold(&mut tx, firm_id, seen).await?.onboarding;
    let before = onboarding.stage;
    onboarding.confirm_review(now)?;
    if before == Stage::Review {
        save(
            &mut tx,
            app,
            actor,
            &mut onboarding,
            Deed::new(ActivityVerb::SetupReviewed),
            now,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(())
}
