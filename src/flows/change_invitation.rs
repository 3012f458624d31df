//! Revokes an invitation to a firm or to support, or sends it again.

use sqlx::PgConnection;

use super::create_person::PersonRole;
use super::{Error, invite_person};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, Email, LinkId, Verb};
use crate::store::links::{self, Purpose};
use crate::store::{activities, links::Side};

/// Revokes an invitation: its link stops working at once.
pub(crate) async fn revoke(app: &App, actor: &Actor, link: LinkId) -> Result<(), Error> {
    let side = side(actor)?;
    let mut tx = app.db.begin().await?;
    end(&mut tx, app, side, link).await?;
    let activity = app.activity(actor, ActivityVerb::InvitationRevoked);
    let activity = match side {
        Side::Firm(_) => activity,
        Side::Support => activity.for_staff_only(),
    };
    activities::record(&mut tx, &activity).await?;
    tx.commit().await?;
    Ok(())
}

/// Sends an invitation again with a new link, to the same address.
pub(crate) async fn resend(app: &App, actor: &Actor, link: LinkId) -> Result<(), Error> {
    let side = side(actor)?;
    let mut tx = app.db.begin().await?;
    let (email, role) = end(&mut tx, app, side, link).await?;
    let by = invite_person::inviter(actor);
    invite_person::write(&mut tx, app, actor, &email, role, by).await?;
    tx.commit().await?;
    Ok(())
}

/// Which invitations the actor may change: their firm's, or support's.
fn side(actor: &Actor) -> Result<Side, Error> {
    if actor.firm().is_some() {
        return Ok(Side::Firm(actor.may(Verb::InvitePerson)?));
    }
    actor.may_at_desk(DeskVerb::ManageSupport)?;
    Ok(Side::Support)
}

async fn end(
    conn: &mut PgConnection,
    app: &App,
    side: Side,
    link: LinkId,
) -> Result<(Email, PersonRole), Error> {
    let ended = links::end_invitation(conn, side, link, app.clock.now()).await?;
    let ended = ended.ok_or(Error::Stale)?;
    let role = match ended.purpose {
        Purpose::JoinFirm(firm) => PersonRole::Firm(firm),
        Purpose::JoinSupport(role) => PersonRole::Support(role),
        Purpose::ResetPassword | Purpose::KeepFactor => return Err(Error::Stale),
    };
    Ok((ended.email, role))
}
