//! An admin hands one task over to a colleague; the admin or support resends the link.

use secrecy::SecretString;
use serde_json::json;
use sqlx::PgConnection;

use super::super::onboarding::{Change, save};
use super::super::{Error, remarks, slow_down};
use super::letter::Fixes;
use super::may_send;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{
    Actor, Email, FirmId, HandOverId, OnboardingId, PersonId, Remark, Task, Verb,
};
use crate::mail;
use crate::onboarding::Stage;
use crate::onboarding::hand_over::{HandOverState, LIFE, offered, over};
use crate::store::hand_overs::{self, Asked, HandOver, NewHandOver};
use crate::store::{activities, firms, onboardings, queue_lines};
use crate::text::mails::{self, Letter};
use crate::{paths, vault};

/// A task to hand over.
#[derive(Clone, Debug)]
pub struct Ask {
    pub task: Task,
    /// The step it is handed over from.
    pub step: Stage,
    pub name: String,
    pub email: Email,
    /// What the admin knows about the company before any details are stored.
    pub company_id: Option<i64>,
    /// What the admin says in their own words.
    pub message: Option<Remark>,
}

/// A link that was sent.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    pub id: HandOverId,
    /// The step to go on with.
    pub next: Stage,
}

/// Sends a link for one task. An older one for the same task stops working.
///
/// `fixes` are the checks that stand open, where the task is to fix them. Handing over from the
/// first page confirms it: somebody who asks for the details has read what they are for.
pub async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    ask: &Ask,
    fixes: Option<&Fixes>,
) -> Result<Sent, Error> {
    let mut tx = app.db.begin().await?;
    let id = send(&mut tx, app, actor, onboarding_id, ask, fixes).await?;
    tx.commit().await?;
    let next = match ask.step {
        Stage::Review => Stage::Credentials,
        step => step,
    };
    Ok(Sent { id, next })
}

/// The same as part of another flow.
pub(in crate::flows) async fn send(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    ask: &Ask,
    fixes: Option<&Fixes>,
) -> Result<HandOverId, Error> {
    let firm = may_send(actor, Verb::SendFixes)?;
    let now = app.clock.now();
    let mut onboarding = onboardings::find_for_update(conn, firm, onboarding_id)
        .await?
        .ok_or(Error::Missing)?
        .onboarding;
    onboarding.may_show(ask.step)?;
    if !offered(ask.step).contains(&ask.task) {
        return Err(Error::Missing);
    }
    if over(ask.task, ask.step, &onboarding).is_some() {
        return Err(Error::Stale);
    }
    if onboarding.stage == Stage::Review {
        onboarding.confirm_review(now)?;
        let change = Change::new(ActivityVerb::SetupReviewed);
        save(conn, app, actor, &mut onboarding, change, now).await?;
    }
    if let Some(message) = &ask.message {
        remarks::refuse_secrets(conn, app, firm, &onboarding, message).await?;
    }
    let asked = Asked {
        task: ask.task,
        step: ask.step,
        asked_by: actor.name().to_owned(),
        asked_by_id: asker(actor),
        name: ask.name.clone(),
        email: ask.email.clone(),
        company_id: ask.company_id,
        message: ask.message.as_ref().map(|it| it.as_str().to_owned()),
        checks: Vec::new(),
    };
    let new = fresh(app, firm, onboarding_id, asked);
    let id = new.id;
    write(conn, app, actor, new, fixes, ActivityVerb::HandOverSent).await?;
    Ok(id)
}

/// Sends the colleague of an earlier link a fresh one, which alone works from then on; in the
/// console this is *Send a fresh link*. The person who asked first is still the one who asks.
pub async fn again(
    app: &App,
    actor: &Actor,
    id: HandOverId,
    fixes: Option<&Fixes>,
) -> Result<Sent, Error> {
    let mut tx = app.db.begin().await?;
    let sent = send_again(&mut tx, app, actor, id, fixes).await?;
    tx.commit().await?;
    Ok(sent)
}

/// The same as part of another flow.
pub(in crate::flows) async fn send_again(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    id: HandOverId,
    fixes: Option<&Fixes>,
) -> Result<Sent, Error> {
    let firm = may_send(actor, Verb::SendFreshLink)?;
    let (earlier, stage) = lock(conn, app, firm, id).await?;
    let new = fresh(app, firm, earlier.onboarding_id, earlier.asked());
    let id = new.id;
    write(
        conn,
        app,
        actor,
        new,
        fixes,
        ActivityVerb::HandOverSentAgain,
    )
    .await?;
    Ok(Sent { id, next: stage })
}

/// An earlier hand-over whose task is still needed and was not done, with its onboarding locked, and the step where that
/// stands.
pub(super) async fn lock(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    id: HandOverId,
) -> Result<(HandOver, Stage), Error> {
    let named = hand_overs::find(conn, firm, id)
        .await?
        .ok_or(Error::Missing)?;
    let onboarding = onboardings::find_for_update(conn, firm, named.onboarding_id)
        .await?
        .ok_or(Error::Missing)?
        .onboarding;
    // Read again: every flow that ends a task locks the onboarding as well.
    let earlier = hand_overs::find(conn, firm, id)
        .await?
        .ok_or(Error::Missing)?;
    let is_over = over(earlier.task, earlier.step, &onboarding).is_some();
    match earlier.standing(&onboarding, app.clock.now()) {
        HandOverState::Finished(outcome) if outcome.is_done() => Err(Error::Stale),
        HandOverState::Sent
        | HandOverState::Opened
        | HandOverState::Finished(_)
        | HandOverState::Ended(_)
            if !is_over =>
        {
            Ok((earlier, onboarding.stage))
        }
        HandOverState::Sent
        | HandOverState::Opened
        | HandOverState::Finished(_)
        | HandOverState::Ended(_) => Err(Error::Stale),
    }
}

pub(super) fn fresh(
    app: &App,
    firm: FirmId,
    onboarding_id: OnboardingId,
    asked: Asked,
) -> NewHandOver {
    let now = app.clock.now();
    NewHandOver {
        id: app.clock.new_id(),
        firm,
        onboarding_id,
        asked,
        created_at: now,
        expires_at: now + LIFE,
    }
}

/// Creates the link, the mail and the activity, and ends the links it replaces.
pub(super) async fn write(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    mut new: NewHandOver,
    fixes: Option<&Fixes>,
    verb: ActivityVerb,
) -> Result<(), Error> {
    let fixes = match new.asked.task {
        Task::EnterCredentials => None,
        Task::FixPermissions => fixes,
    };
    if let Some(fixes) = fixes {
        new.asked.checks.clone_from(&fixes.checks);
    }
    let firm = firms::find(conn, new.firm).await?.ok_or(Error::Missing)?;
    slow_down::mail(conn, app, actor, new.firm).await?;
    let token = vault::new_endpoint(new.firm)?;
    hand_overs::replace(conn, &new, &vault::token_hash(&token)).await?;
    let link = app.link(&paths::handover(&token));
    let letter = letter(app, &firm.name, &new.asked, fixes, link);
    mail::queue(conn, app, Some(new.firm), &new.asked.email, &letter).await?;
    let activity = app
        .activity(actor, verb)
        .at_firm(new.firm)
        .about(&new.asked.name)
        .with(json!({
            "hand_over": new.id,
            "step": new.asked.step,
            "task": new.asked.task,
        }));
    activities::record(conn, &activity).await?;
    queue_lines::refresh(conn, new.firm, new.onboarding_id, new.created_at).await?;
    Ok(())
}

/// The mail that asks the colleague.
pub(super) fn letter(
    app: &App,
    firm: &str,
    asked: &Asked,
    fixes: Option<&Fixes>,
    link: SecretString,
) -> Letter {
    let fixes = match asked.task {
        Task::EnterCredentials => None,
        Task::FixPermissions => fixes,
    };
    let request = mails::hand_over::Request {
        product: &app.config.product_name,
        firm,
        by: &asked.asked_by,
        name: &asked.name,
        task: asked.task,
        message: asked.message.as_deref(),
        fixes: fixes.map(|fixes| &fixes.section),
    };
    mails::hand_over::ask(&request, link)
}

/// Who is notified of the result: a person of the firm, or nobody in particular.
fn asker(actor: &Actor) -> Option<PersonId> {
    match actor {
        Actor::FirmAdmin { who, .. } => Some(who.id),
        Actor::Account { .. }
        | Actor::Colleague { .. }
        | Actor::Support { .. }
        | Actor::System { .. } => None,
    }
}
