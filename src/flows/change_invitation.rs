//! An invitation to a firm is taken back, or sent again.

use uuid::Uuid;

use super::create_person::Place;
use super::{Error, invite_person};
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::store::{activities, links};

/// Takes an invitation back: its link stops working at once.
pub async fn revoke(app: &App, actor: &Actor, link: Uuid) -> Result<(), Error> {
    let firm = actor.may(Verb::InvitePerson)?;
    let mut tx = app.db.begin().await?;
    links::revoke_invitation(&mut tx, firm, link, app.clock.now())
        .await?
        .ok_or(Error::Stale)?;
    activities::record(&mut tx, &app.activity(actor, "invitation.revoked")).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends an invitation again with a fresh link, to the same address.
pub async fn resend(app: &App, actor: &Actor, link: Uuid) -> Result<(), Error> {
    let firm = actor.may(Verb::InvitePerson)?;
    let mut tx = app.db.begin().await?;
    let email = links::revoke_invitation(&mut tx, firm, link, app.clock.now())
        .await?
        .ok_or(Error::Stale)?;
    invite_person::write(&mut tx, app, actor, &email, Place::Firm(firm)).await?;
    tx.commit().await?;
    Ok(())
}
