//! An admin confirms the review, and says what to bring.

use serde_json::json;

use super::Error;
use super::onboarding::{Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Settings;
use crate::identity::{Actor, Verb};
use crate::onboarding::Stage;

/// Records what the firm wants to bring and moves it from the review to the Procore details.
/// Returns the step where the setup stands; changes nothing if all that was done before.
pub async fn run(app: &App, actor: &Actor, seen: Seen, wanted: &Settings) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::ConfirmReview)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut stored = lock(&mut tx, firm_id, seen).await?;
    let wanted = wanted.with_options_of(stored.wanted());
    let is_new = stored.wanted() != Some(&wanted);
    let keys: Vec<_> = wanted
        .choices()
        .iter()
        .map(|it| it.data_set.key())
        .collect();
    let details = json!({ "data_sets": keys });
    let onboarding = &mut stored.onboarding;
    let before = onboarding.stage;
    if is_new {
        check_version(onboarding, seen)?;
        onboarding.draft(stored.connection.as_mut(), wanted, now)?;
    }
    onboarding.confirm_review(now)?;
    if is_new || before == Stage::Review {
        let change = Change {
            details,
            connection: stored.connection.as_ref(),
            ..Change::new(ActivityVerb::SetupReviewed)
        };
        save(&mut tx, app, actor, onboarding, change, now).await?;
    }
    tx.commit().await?;
    Ok(stored.onboarding.stage)
}
