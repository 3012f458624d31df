//! An admin revokes a link.

use serde_json::json;

use super::super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, HandOverId, Verb};
use crate::onboarding::Stage;
use crate::onboarding::hand_over::End;
use crate::store::{activities, hand_overs, onboardings, queue_lines};

/// The link stops working at once. Returns the step where the setup stands.
pub async fn run(app: &App, actor: &Actor, id: HandOverId) -> Result<Stage, Error> {
    let firm = actor.may(Verb::HandOver)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let hand_over = hand_overs::find(&mut tx, firm, id)
        .await?
        .ok_or(Error::Missing)?;
    let stored = onboardings::find_for_update(&mut tx, firm, hand_over.onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    if !hand_overs::end(&mut tx, firm, id, End::Revoked, now).await? {
        return Err(Error::Stale);
    }
    let activity = app
        .activity(actor, ActivityVerb::HandOverRevoked)
        .about(&hand_over.name)
        .with(json!({ "hand_over": id, "task": hand_over.task }));
    activities::record(&mut tx, &activity).await?;
    queue_lines::refresh(&mut tx, firm, hand_over.onboarding_id, now).await?;
    tx.commit().await?;
    Ok(stored.onboarding.stage)
}
