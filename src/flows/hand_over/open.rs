//! A colleague opens the link.

use std::net::IpAddr;

use secrecy::SecretString;

use super::super::Error;
use super::OpenedLink;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::onboarding::hand_over::HandOverState;
use crate::store::{activities, hand_overs};
use serde_json::json;

/// Looks up a link. Changes nothing.
pub async fn look(app: &App, token: &SecretString) -> Result<OpenedLink, Error> {
    let find = async || {
        let mut conn = app.db.acquire().await?;
        super::find(&mut conn, app, token).await
    };
    app.db.retried(find).await
}

/// The same, and records the first opening. Opening does not use the link up, since mail scanners
/// open links as well.
pub async fn run(
    app: &App,
    token: &SecretString,
    source: Option<IpAddr>,
) -> Result<OpenedLink, Error> {
    let mut opened = look(app, token).await?;
    match opened.state {
        HandOverState::Sent => {}
        HandOverState::Opened | HandOverState::Finished(_) | HandOverState::Ended(_) => {
            return Ok(opened);
        }
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if hand_overs::mark_opened(&mut tx, opened.hand_over.firm, opened.hand_over.id, now).await? {
        let actor = opened.actor(source);
        let activity = app
            .activity(&actor, ActivityVerb::HandOverOpened)
            .with(json!({ "task": opened.hand_over.task }));
        activities::record(&mut tx, &activity).await?;
    }
    tx.commit().await?;
    opened.hand_over.opened_at = Some(now);
    opened.state = HandOverState::Opened;
    Ok(opened)
}
