//! *Pause*: nothing of a connection is read, applied or looked at until the firm resumes it.

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::onboarding::Refused;
use crate::store::{activities, connections, onboardings, queue_lines};

/// Pauses the connection; one that is paused stays so. What Procore reports meanwhile is kept.
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
    let mut connection = connection
        .filter(|it| it.is_connected())
        .ok_or(Error::Stale)?;
    if connection.pause(actor.name(), now).map_err(Refused::from)? {
        connections::save(&mut tx, &connection).await?;
        let activity = app.activity(actor, ActivityVerb::ConnectionPaused);
        activities::record(&mut tx, &activity).await?;
        queue_lines::refresh(&mut tx, firm, onboarding_id, now).await?;
    }
    Ok(tx.commit().await?)
}
