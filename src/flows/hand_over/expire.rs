//! Marks expired links, so that the setup no longer waits for their holders.

use serde_json::json;

use super::super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::Actor;
use crate::onboarding::hand_over::End;
use crate::store::{activities, hand_overs, onboardings, queue_lines};

/// Links marked per run; the next run takes the rest.
const AT_ONCE: i64 = 200;

/// Safe to run at any time, in any number of workers.
pub(crate) async fn run(app: &App) -> Result<(), Error> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let expired = hand_overs::list_expired(&mut conn, now, AT_ONCE).await?;
    drop(conn);
    for (firm, id) in expired {
        let actor = Actor::system_for(firm);
        let mut tx = app.db.begin().await?;
        let Some(hand_over) = hand_overs::find(&mut tx, firm, id).await? else {
            continue;
        };
        onboardings::find_for_update(&mut tx, firm, hand_over.onboarding_id).await?;
        if hand_overs::end(&mut tx, firm, id, End::Expired, now).await? {
            let activity = app
                .activity(&actor, ActivityVerb::HandOverExpired)
                .about(&hand_over.name)
                .with(json!({ "hand_over": id, "task": hand_over.task }));
            activities::record(&mut tx, &activity).await?;
            queue_lines::refresh(&mut tx, firm, hand_over.onboarding_id, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
