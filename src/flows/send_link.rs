//! *Send a fresh link*: support sends a person of the firm a link back to the setup.

use chrono::TimeDelta;
use secrecy::SecretString;
use sqlx::PgConnection;

use super::case::{self, CaseError, LockedCase, SeenCase};
use super::create_person::PersonRole;
use super::{Error, hand_over, invite_person, links, reset_factor};
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
use serde_json::json;

/// How long a link to choose a new password works: longer than one a person requested and waits for.
const RESET_LIFE: TimeDelta = TimeDelta::hours(24);

/// Which link, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WantedLink {
    /// An admin's link to the step; they sign in as always.
    Step(PersonId),
    /// An admin chooses a new password.
    NewPassword(PersonId),
    /// An admin who lost their second factor has it removed, unless they stop it.
    FactorReset(PersonId),
    /// An invitation that nobody accepted is sent again.
    Invitation(LinkId),
    /// A colleague's task that is not done.
    HandOver(HandOverId),
}

/// Sends a link to a person the firm itself added: no address is typed here.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    wanted: WantedLink,
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, change) = (Verb::SendFreshLink, ActivityVerb::CaseLinkSent);
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    write_to_firm(&locked.evidence)?;
    let (name, link) = match wanted {
        WantedLink::Step(person) => {
            let member = member(&mut tx, &locked, person).await?;
            let letter = step_letter(&mut tx, app, actor, &locked, &member).await?;
            send(
                &mut tx,
                app,
                actor,
                &locked,
                &member,
                &letter,
                ActivityVerb::SupportStepLinkSent,
            )
            .await?;
            (Some(member.name), "step")
        }
        WantedLink::NewPassword(person) => {
            let member = member(&mut tx, &locked, person).await?;
            let letter = password_letter(&mut tx, app, actor, &member).await?;
            send(
                &mut tx,
                app,
                actor,
                &locked,
                &member,
                &letter,
                ActivityVerb::SupportResetLinkSent,
            )
            .await?;
            (Some(member.name), "password")
        }
        WantedLink::FactorReset(person) => {
            let member = member(&mut tx, &locked, person).await?;
            reset_factor::write(&mut tx, app, actor, locked.firm, person).await?;
            (Some(member.name), "factor")
        }
        WantedLink::Invitation(link) => {
            let now = app.clock.now();
            let side = Side::Firm(locked.firm);
            let ended = stored_links::end_invitation(&mut tx, side, link, now).await?;
            let email = ended.ok_or(Error::Stale)?.email;
            let role = PersonRole::Firm(locked.firm);
            let by = invite_person::inviter(actor);
            invite_person::write(&mut tx, app, actor, &email, role, by).await?;
            (None, "invitation")
        }
        WantedLink::HandOver(id) => {
            hand_over::send::send_again(&mut tx, app, actor, id, None).await?;
            (None, "hand_over")
        }
    };
    let (about, facts) = (name.as_deref(), json!({ "link": link }));
    case::finish_with(&mut tx, app, actor, &locked, about, facts, reason).await?;
    cases::set_contacted(&mut tx, locked.firm, locked.onboarding.id, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn member(
    conn: &mut PgConnection,
    locked: &LockedCase,
    person: PersonId,
) -> Result<Member, CaseError> {
    let members = memberships::list(conn, locked.firm).await?;
    let member = members.into_iter().find(|member| member.person == person);
    Ok(member.ok_or(Error::Missing)?)
}

/// Mails a member, and records it for the firm.
async fn send(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &LockedCase,
    member: &Member,
    letter: &Letter,
    verb: ActivityVerb,
) -> Result<(), CaseError> {
    let queued = mail::queue(conn, app, Some(locked.firm), &member.email, letter).await;
    queued?;
    let activity = app.activity(actor, verb).about(&member.name);
    activities::record(conn, &activity).await?;
    Ok(())
}

async fn step_letter(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &LockedCase,
    member: &Member,
) -> Result<Letter, CaseError> {
    let firm = firms::find(conn, locked.firm)
        .await?
        .ok_or(Error::Missing)?;
    Ok(mails::setup::step_link(
        &app.config.product_name,
        &firm.name,
        &member.name,
        actor.name(),
        locked.onboarding.stage,
        step_address(app, locked),
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
pub(super) fn step_address(app: &App, locked: &LockedCase) -> SecretString {
    app.link(&match locked.onboarding.stage {
        Stage::Done => paths::integration(locked.firm),
        stage => paths::step(locked.firm, stage),
    })
}
