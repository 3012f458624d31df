//! Notifies the person who asked when a colleague fixed everything without reporting it.

use serde_json::json;

use super::super::Error;
use super::letter;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::Actor;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::{QUIET, purpose};
use crate::store::checks::CheckOutcome;
use crate::store::{activities, checks, firms, hand_overs, onboardings};

/// Tasks handled per run; the next run takes the rest.
const AT_ONCE: i64 = 100;

/// Safe to run at any time, in any number of workers: nobody is notified twice.
pub async fn run(app: &App) -> Result<(), Error> {
    let quiet_since = app.clock.now() - QUIET;
    let mut conn = app.db.acquire().await?;
    let quiet = hand_overs::list_quiet(&mut conn, quiet_since, AT_ONCE).await?;
    drop(conn);
    for (firm, id) in quiet {
        let mut tx = app.db.begin().await?;
        let Some(named) = hand_overs::find(&mut tx, firm, id).await? else {
            continue;
        };
        let opened = onboardings::find_for_update(&mut tx, firm, named.onboarding_id).await?;
        let Some(onboarding) = opened.map(|stored| stored.onboarding) else {
            continue;
        };
        if named.step == Stage::Completing {
            continue; // the end of the run is told by a mail of its own
        }
        let now = app.clock.now();
        let purpose = purpose(named.task, named.step);
        let newest = match onboarding.connection_id {
            Some(id) => checks::find_counting(&mut tx, firm, id, purpose).await?,
            None => None,
        };
        let passes = match newest.and_then(|run| run.outcome) {
            Some(CheckOutcome::Passed) => true,
            Some(CheckOutcome::Failed) => false,
            Some(CheckOutcome::Waiting) | None => continue, // no result yet
        };
        // Once per result; another check may change it.
        if !hand_overs::mark_told(&mut tx, firm, id, now).await? {
            continue;
        }
        if passes && named.standing(&onboarding, now).is_open() {
            let name = firms::find(&mut tx, firm)
                .await?
                .ok_or(Error::Missing)?
                .name;
            letter::tell_that_it_passes(&mut tx, app, &named, &name).await?;
            let actor = Actor::system_for(firm);
            let activity = app
                .activity(&actor, ActivityVerb::HandOverPasses)
                .about(&named.name)
                .with(json!({ "hand_over": id, "task": named.task }));
            activities::record(&mut tx, &activity).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
