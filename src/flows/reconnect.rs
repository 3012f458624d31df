//! *Reconnect*: everything that the setup verified is checked again, where the connection is broken.

use super::{Error, start_checks, sync_connection};
use crate::app::App;
use crate::connection::Health;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::onboarding::CheckPurpose;
use crate::store::{checks, onboardings};

/// Starts the checks of the setup's third step. Once they pass, the looks end what was wrong, and what
/// changed meanwhile is read. Ids, history, settings and a pause stay as they are.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::Reconnect)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    let connection = stored.connection.as_ref().ok_or(Error::Stale)?;
    // Where the vendor's app gives access, the company is proven again instead.
    if !connection.target.access_way.has_own_key() {
        return Err(Error::Stale);
    }
    if sync_connection::health(&mut tx, connection).await? != Some(Health::Broken) {
        return Err(Error::Stale);
    }
    let (walk, settings) = (
        (&stored.onboarding, connection),
        connection.settings.clone(),
    );
    let (verify, id) = (CheckPurpose::Verify, connection.id);
    let before = checks::find_counting(&mut tx, firm, id, verify).await?;
    if before.is_some_and(|run| run.finished_at.is_some()) {
        // What passed once proves nothing about now.
        checks::set_aside(&mut tx, firm, id, &[verify], app.clock.now()).await?;
    }
    start_checks::begin(&mut tx, app, actor, walk, verify, settings, Vec::new()).await?;
    Ok(tx.commit().await?)
}
