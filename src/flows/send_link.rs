//! *Send a fresh link*: support sends a person of the firm a link back to the setup.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::case::{self, CaseError, Held, SeenCase};
use super::create_person::Place;
use super::{Error, hand_over, invite_person, links};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Email, HandOverId, LinkId, PersonId, Remark, Verb};
use crate::mail;
use crate::onboarding::Stage;
use crate::onboarding::case::write_to_firm;
use crate::paths;
use crate::store::links::{self as stored_links, Purpose, Side};
use crate::store::memberships::{self, Member};
use crate::store::{activities, cases, firms};
use crate::text::mails::{self, Letter};

/// How long a link to choose a new password works: longer than one a person requested and waits for.
const RESET_LIFE: TimeDelta = TimeDelta::hours(24);

/// Which link, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// An admin's link to the step; they sign in as always.
    Step(PersonId),
    /// An admin chooses a new password.
    NewPassword(PersonId),
    /// An invitation that nobody accepted is sent again.
    Invitation(LinkId),
    /// A colleague's task that is not done.
    HandOver(HandOverId),
}

/// Sends a link to a person the firm itself added: no address is typed here.
pub async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    wanted: Wanted,
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, deed) = (Verb::SendFreshLink, ActivityVerb::CaseLinkSent);
    let held = case::begin(&mut tx, app, actor, verb, deed, page).await?;
    let Some(held) = held else { return Ok(()) };
    write_to_firm(&held.evidence)?;
    let about = match wanted {
        Wanted::Step(person) => {
            let member = member(&mut tx, &held, person).await?;
            let letter = step_letter(&mut tx, app, actor, &held, &member).await?;
            send(
                &mut tx,
                app,
                actor,
                &held,
                &member,
                &letter,
                ActivityVerb::SupportStepLinkSent,
            )
            .await?;
            format!("{}, to the step", member.name)
        }
        Wanted::NewPassword(person) => {
            let member = member(&mut tx, &held, person).await?;
            let letter = password_letter(&mut tx, app, actor, &member).await?;
            send(
                &mut tx,
                app,
                actor,
                &held,
                &member,
                &letter,
                ActivityVerb::SupportResetLinkSent,
            )
            .await?;
            format!("{}, to choose a new password", member.name)
        }
        Wanted::Invitation(link) => {
            let now = app.clock.now();
            let side = Side::Firm(held.firm);
            let ended = stored_links::end_invitation(&mut tx, side, link, now).await?;
            let email = ended.ok_or(Error::Stale)?.email;
            let place = Place::Firm(held.firm);
            invite_person::write(&mut tx, app, actor, &email, place).await?;
            "somebody who is invited".to_owned()
        }
        Wanted::HandOver(id) => {
            hand_over::send::send_again(&mut tx, app, actor, id, &[]).await?;
            "the colleague who was asked to help".to_owned()
        }
    };
    case::finish(&mut tx, app, actor, &held, Some(&about), reason).await?;
    cases::set_contacted(&mut tx, held.firm, held.onboarding.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn member(
    conn: &mut PgConnection,
    held: &Held,
    person: PersonId,
) -> Result<Member, CaseError> {
    let members = memberships::list(conn, held.firm).await?;
    let member = members.into_iter().find(|member| member.person == person);
    Ok(member.ok_or(Error::Missing)?)
}

/// Mails a member, and records it for the firm.
async fn send(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    held: &Held,
    member: &Member,
    letter: &Letter,
    verb: ActivityVerb,
) -> Result<(), CaseError> {
    let queued = mail::queue(conn, app, Some(held.firm), &member.email, letter).await;
    queued?;
    let activity = app.activity(actor, verb).about(&member.name);
    activities::record(conn, &activity).await?;
    Ok(())
}

async fn step_letter(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    held: &Held,
    member: &Member,
) -> Result<Letter, CaseError> {
    let firm = firms::find(conn, held.firm).await?.ok_or(Error::Missing)?;
    Ok(mails::setup::step_link(
        &app.config.product_name,
        &firm.name,
        &member.name,
        actor.name(),
        held.onboarding.stage,
        step_address(app, held),
    ))
}

async fn password_letter(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    member: &Member,
) -> Result<Letter, CaseError> {
    let (email, life): (&Email, _) = (&member.email, RESET_LIFE);
    let made = links::make(conn, app, Purpose::ResetPassword, email, None, life).await?;
    let product = &app.config.product_name;
    let by = actor.name();
    Ok(mails::account::reset_by_support(
        product,
        &member.name,
        by,
        made.url,
    ))
}

/// The address of the firm's current step.
pub(super) fn step_address(app: &App, held: &Held) -> SecretString {
    app.link(&match held.onboarding.stage {
        Stage::Done => paths::integration(held.firm),
        stage => paths::step(held.firm, stage),
    })
}
