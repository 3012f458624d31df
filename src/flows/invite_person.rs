//! Invites a person to act for a firm, or to join support.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::create_person::PersonRole;
use super::{Error, links, slow_down};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, DeskVerb, Email, Verb};
use crate::mail;
use crate::store::links::{Inviter, Purpose};
use crate::store::people::Person;
use crate::store::{activities, firms, people};
use crate::text::mails;

/// How long an invitation works.
pub(crate) const LIFE: TimeDelta = TimeDelta::days(7);

/// The result of inviting a person.
#[derive(Debug)]
pub enum InvitePersonOutcome {
    /// The mail is queued. The link is only for the operator's command line.
    Invited {
        url: SecretString,
    },
    AlreadyHere,
    /// The address belongs to the other side: support people act for no firm, firm people are not
    /// support. A firm is not told.
    OtherSide,
}

/// Sends an invitation and revokes an older one to the same address.
pub async fn run(
    app: &App,
    actor: &Actor,
    email: &Email,
    role: PersonRole,
) -> Result<InvitePersonOutcome, Error> {
    match role {
        PersonRole::Firm(firm) => {
            if actor.may(Verb::InvitePerson)? != firm {
                return Err(Error::Missing);
            }
        }
        PersonRole::Support(_) => {
            actor.may_at_desk(DeskVerb::ManageSupport)?;
        }
    }
    let mut tx = app.db.begin().await?;
    if let Some(person) = people::find_by_email(&mut tx, email).await?
        && let Some(refused) = why_not(&mut tx, &person, role).await?
    {
        match (&refused, actor) {
            // A firm does not learn whose address it is; accepting is refused.
            (InvitePersonOutcome::OtherSide, Actor::FirmAdmin { .. }) => {}
            _ => return Ok(refused),
        }
    }
    let url = write(&mut tx, app, actor, email, role, inviter(actor)).await?;
    tx.commit().await?;
    Ok(InvitePersonOutcome::Invited { url })
}

/// The actor as the person who invites; an operator is nobody.
pub(super) fn inviter(actor: &Actor) -> Option<Inviter> {
    actor.person().map(|id| Inviter {
        id: Some(id),
        name: actor.name().to_owned(),
    })
}

/// Creates the link, the mail and the activity. `by` invites: the actor, or who did before them.
pub(super) async fn write(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    email: &Email,
    role: PersonRole,
    by: Option<Inviter>,
) -> Result<SecretString, Error> {
    let product = &app.config.product_name;
    let (purpose, firm) = match role {
        PersonRole::Firm(id) => {
            let firm = firms::find(conn, id).await?.ok_or(Error::Missing)?;
            slow_down::mail(conn, app, actor, id).await?;
            (Purpose::JoinFirm(id), Some(firm))
        }
        PersonRole::Support(role) => (Purpose::JoinSupport(role), None),
    };
    let name = by.as_ref().map(|by| by.name.clone());
    let made = links::make(conn, app, purpose, email, by, LIFE).await?;
    let link = made.url.clone();
    let letter = match &firm {
        Some(firm) => mails::account::firm_invitation(product, &firm.name, name.as_deref(), link),
        None => mails::account::support_invitation(product, link),
    };
    let firm = firm.map(|firm| firm.id);
    mail::queue(conn, app, firm, email, &letter).await?;
    // The firm's people see addresses on their own pages; activities and logs never hold them.
    let activity = app.activity(actor, ActivityVerb::InvitationSent);
    let activity = match firm {
        Some(firm) => activity.at_firm(firm),
        None => activity.for_staff_only(),
    };
    activities::record(conn, &activity).await?;
    Ok(made.url)
}

/// Why a person with an account cannot be invited there.
pub(super) async fn why_not(
    conn: &mut PgConnection,
    person: &Person,
    role: PersonRole,
) -> Result<Option<InvitePersonOutcome>, Error> {
    let active_support = person.support_role.is_some() && person.disabled_at.is_none();
    let firms = firms::list_of_person(conn, person.id).await?;
    Ok(match role {
        PersonRole::Firm(_) if person.support_role.is_some() => {
            Some(InvitePersonOutcome::OtherSide)
        }
        PersonRole::Firm(firm) if firms.iter().any(|it| it.id == firm) => {
            Some(InvitePersonOutcome::AlreadyHere)
        }
        PersonRole::Support(_) if active_support => Some(InvitePersonOutcome::AlreadyHere),
        PersonRole::Support(_) if !firms.is_empty() => Some(InvitePersonOutcome::OtherSide),
        PersonRole::Firm(_) | PersonRole::Support(_) => None,
    })
}
