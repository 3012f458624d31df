//! An admin confirms the review.

use super::Error;
use super::onboarding::{Change, Seen, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::Stage;

/// Moves a firm from the review to the Procore details and returns the next step; does nothing if
/// that was done before.
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
