//! A colleague opens the link.

use std::net::IpAddr;

use secrecy::SecretString;

use super::super::Error;
use super::Held;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::onboarding::hand_over::State;
use crate::store::{activities, hand_overs};

/// Looks up a link. Changes nothing.
pub async fn look(app: &App, token: &SecretString) -> Result<Held, Error> {
    let mut conn = app.db.acquire().await?;
    super::find(&mut conn, app, token).await
}

/// The same, and records the first opening. Opening does not use the link up, since mail scanners
/// open links as well.
pub async fn run(app: &App, token: &SecretString, source: Option<IpAddr>) -> Result<Held, Error> {
    let mut held = look(app, token).await?;
    match held.state {
        State::Sent => {}
        State::Opened | State::Finished(_) | State::Ended(_) => return Ok(held),
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if hand_overs::mark_opened(&mut tx, held.hand_over.firm, held.hand_over.id, now).await? {
        let actor = held.actor(source);
        let activity = app
            .activity(&actor, ActivityVerb::HandOverOpened)
            .about(held.hand_over.task.label());
        activities::record(&mut tx, &activity).await?;
    }
    tx.commit().await?;
    held.hand_over.opened_at = Some(now);
    held.state = State::Opened;
    Ok(held)
}
