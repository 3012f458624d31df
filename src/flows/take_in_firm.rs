//! *New firm*: support creates a firm and invites its first admin.

use sqlx::PgConnection;

use super::create_firm::{self, NewFirm};
use super::create_person::PersonRole;
use super::{Error, invite_person};
use crate::app::App;
use crate::identity::{Actor, DeskVerb, Email, FirmId, OnboardingId};
use crate::store::{cases, firms, onboardings, people};

/// A firm to create, and its first admin.
#[derive(Clone, Debug)]
pub(crate) struct WantedFirm {
    /// Chosen when the form was shown, so that a form sent twice creates one firm.
    pub id: FirmId,
    pub firm: NewFirm,
    pub admin: Email,
}

/// The result of creating a firm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TakeInFirmOutcome {
    /// Its onboarding.
    TakenIn(OnboardingId),
    /// Another firm has this external reference.
    ReferenceTaken,
    /// The address belongs to a support person, who acts for no firm.
    SupportAddress,
}

/// Creates the firm, opens its onboarding and sends the invitation, together or not at all.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    wanted: &WantedFirm,
) -> Result<TakeInFirmOutcome, Error> {
    actor.may_at_desk(DeskVerb::CreateFirm)?;
    let mut tx = app.db.begin().await?;
    if let Some(before) = taken_in(&mut tx, wanted.id).await? {
        return Ok(before);
    }
    let role = PersonRole::Firm(wanted.id);
    if let Some(person) = people::find_by_email(&mut tx, &wanted.admin).await?
        && let Some(invite_person::InvitePersonOutcome::OtherSide) =
            invite_person::why_not(&mut tx, &person, role).await?
    {
        return Ok(TakeInFirmOutcome::SupportAddress);
    }
    let created = create_firm::create(&mut tx, app, actor, wanted.id, &wanted.firm).await?;
    let Some(onboarding) = created else {
        // The same form may have been sent twice.
        let before = taken_in(&mut tx, wanted.id).await?;
        return Ok(before.unwrap_or(TakeInFirmOutcome::ReferenceTaken));
    };
    let by = invite_person::inviter(actor);
    invite_person::write(&mut tx, app, actor, &wanted.admin, role, by).await?;
    cases::set_contacted(&mut tx, wanted.id, onboarding, app.clock.now()).await?;
    tx.commit().await?;
    Ok(TakeInFirmOutcome::TakenIn(onboarding))
}

/// The result of an earlier request, if the firm exists.
async fn taken_in(conn: &mut PgConnection, id: FirmId) -> Result<Option<TakeInFirmOutcome>, Error> {
    if firms::find(conn, id).await?.is_none() {
        return Ok(None);
    }
    let open = onboardings::find_open(conn, id).await?;
    let open = open.ok_or(Error::Stale)?;
    Ok(Some(TakeInFirmOutcome::TakenIn(open.onboarding.id)))
}
