//! An admin has read what will happen.

use super::Error;
use super::onboarding::{Change, Seen, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::Stage;

/// Moves a firm from the review to the Procore details; does nothing where it was done before. Returns the next step.
pub async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::ConfirmReview)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = lock(&mut tx, firm_id, seen).await?.onboarding;
    let before = onboarding.stage;
    onboarding.confirm_review(now)?;
    if before == Stage::Review {
        save(
            &mut tx,
            app,
            actor,
            &mut onboarding,
            Change::new(ActivityVerb::SetupReviewed),
            now,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(Stage::Credentials)
}
