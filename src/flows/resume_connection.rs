//! *Resume*: a connection that the firm paused goes on where it stood.

use chrono::TimeDelta;
use serde_json::json;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::onboarding::Refused;
use crate::store::reconciles::{self, Gap};
use crate::store::{activities, connections, credentials, onboardings, queue_lines, runs};
use crate::watch::connections as looks;
use crate::{engine, events, projects, reconcile, work};

/// Ends the pause: applies what waits, reads what changed meanwhile, and looks at the connection.
/// After a pause in which events were dropped, everything is read.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::Pause)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let connection = stored.ok_or(Error::Missing)?.connection;
    let mut connection = connection.ok_or(Error::Stale)?;
    // Nobody looked meanwhile: what was installed again may be another customer's.
    credentials::end_outdated_proof(&mut tx, &connection, now).await?;
    let Some(pause) = connection.resume().map_err(Refused::from)? else {
        return Ok(());
    };
    connections::save(&mut tx, &connection).await?;
    let id = connection.id;
    let gap = Gap {
        from: pause.since,
        to: now,
        // An event lies under the day of its own, which may be the one before it came.
        lost: now - pause.since + TimeDelta::days(1) > app.config.event_retention,
    };
    reconciles::note_gap(&mut tx, (firm, id), gap).await?;
    for task in [events::task(firm, id), reconcile::task(firm, id)] {
        work::put(&mut tx, task, now).await?;
    }
    looks::look_now(&mut tx, firm, id, now).await?;
    for (project, run) in runs::list_resting(&mut tx, firm, id).await? {
        work::put(&mut tx, engine::task_of(project, firm, run), now).await?;
    }
    work::put(&mut tx, projects::task(firm, id), now).await?;
    let facts = json!({ "paused_at": pause.since });
    let activity = app.activity(actor, ActivityVerb::ConnectionResumed);
    activities::record(&mut tx, &activity.with(facts)).await?;
    queue_lines::refresh(&mut tx, firm, onboarding_id, now).await?;
    Ok(tx.commit().await?)
}
