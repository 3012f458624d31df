//! A colleague asks for a new link in place of an expired one.

use std::net::IpAddr;

use secrecy::SecretString;

use super::super::Error;
use super::super::slow_down::{self, Subject};
use super::{open, send};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::Throttle;
use crate::onboarding::hand_over::{End, HandOverState};
use crate::store::onboardings;

/// Mails a new link to the address of the old one. The response is the same if the link is not
/// expired or was requested too often, so it reveals nothing.
pub async fn run(app: &App, token: &SecretString, source: Option<IpAddr>) -> Result<(), Error> {
    let opened = open::look(app, token).await?;
    let limits = [
        (
            Throttle::LINK_ACCOUNT,
            Subject::Address(&opened.hand_over.email),
        ),
        (Throttle::LINK_SOURCE, Subject::Source(source)),
    ];
    if slow_down::attempt(app, &limits).await?.is_some() {
        return Ok(());
    }
    let mut tx = app.db.begin().await?;
    let firm = opened.hand_over.firm;
    // Locked and read again: another link may have been sent meanwhile.
    onboardings::find_for_update(&mut tx, firm, opened.hand_over.onboarding_id).await?;
    let opened = super::find(&mut tx, app, token).await?;
    match opened.state {
        HandOverState::Ended(End::Expired) => {}
        HandOverState::Sent
        | HandOverState::Opened
        | HandOverState::Finished(_)
        | HandOverState::Ended(End::Replaced | End::Revoked | End::Overtaken | End::Closed) => {
            return Ok(());
        }
    }
    let asked = opened.hand_over.asked();
    let new = send::fresh(app, firm, opened.hand_over.onboarding_id, asked);
    let actor = opened.actor(source);
    match send::write(
        &mut tx,
        app,
        &actor,
        new,
        None,
        ActivityVerb::HandOverRenewed,
    )
    .await
    {
        Ok(()) => Ok(tx.commit().await?),
        Err(Error::TooManyMails(_)) => Ok(()),
        Err(error) => Err(error),
    }
}
