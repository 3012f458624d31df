//! A firm allows support to act for it, and withdraws that.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use sqlx::PgConnection;

use super::case::{self, CaseError, SeenCase};
use super::{Error, remarks, visit};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Access, Actor, FirmId, MailId, Remark, Verb};
use crate::mail;
use crate::onboarding::case::WhyNot;
use crate::paths;
use crate::store::consents::{self, Consent, ConsentRequest, Recorded};
use crate::store::{activities, cases, firms, grants, memberships, people};
use crate::text::mails::{self, Letter};
use serde_json::json;

/// How long a consent lasts.
pub(crate) const LIFE: TimeDelta = TimeDelta::days(7);
/// How long a request for consent stays open.
pub(crate) const QUESTION: TimeDelta = TimeDelta::days(14);

/// A consent given by mail, as support records it.
#[derive(Debug, Clone)]
pub struct ConsentAnswer {
    /// Who at the firm agreed.
    pub who: String,
    pub when: DateTime<Utc>,
    /// In their words.
    pub quote: Remark,
}

/// An admin allows support to act for the firm for a limited time. If a support person asked for
/// it, they are notified.
pub async fn give(app: &App, actor: &Actor) -> Result<(), Error> {
    let firm = actor.may(Verb::Consent)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let asked = consents::find_request(&mut tx, firm, now - QUESTION).await?;
    let consent = Consent {
        id: app.clock.new_id(),
        firm,
        given_by: actor.name().to_owned(),
        recorded: None,
        given_at: now,
        recorded_at: now,
        begins_at: Some(now),
        expires_at: now + LIFE,
    };
    consents::create(&mut tx, &consent, &[]).await?;
    let activity = app
        .activity(actor, ActivityVerb::ConsentGiven)
        .with(json!({ "days": LIFE.num_days() }));
    activities::record(&mut tx, &activity).await?;
    if let Some(request) = asked {
        tell_asker(&mut tx, app, actor, firm, &request).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn tell_asker(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
    request: &ConsentRequest,
) -> Result<(), Error> {
    let asker = people::find(conn, request.person).await?;
    let asker = asker.filter(|it| it.support_role.is_some() && it.disabled_at.is_none());
    let (Some(asker), Some(name)) = (asker, firms::find(conn, firm).await?) else {
        return Ok(());
    };
    let name = name.name;
    let letter = mails::support::consent_given(&name, actor.name(), app.link(paths::SUPPORT));
    mail::queue(conn, app, Some(firm), &asker.email, &letter).await?;
    Ok(())
}

/// An admin withdraws the consent: visits that act for the firm end with their next request.
pub(crate) async fn withdraw(app: &App, actor: &Actor) -> Result<(), Error> {
    let firm = actor.may(Verb::Consent)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    if consents::end_all(&mut tx, firm, now).await? {
        let activity = app.activity(actor, ActivityVerb::ConsentWithdrawn);
        activities::record(&mut tx, &activity).await?;
        for ended in grants::end(&mut tx, firm, None, Some(Access::Act), now).await? {
            visit::record_end(&mut tx, app, &ended, "consent_withdrawn").await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// A support person asks the firm's admins for consent, by mail.
pub async fn ask(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    question: &Remark,
    reason: &Remark,
) -> Result<(), CaseError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseConsentAsked;
    let locked = case::begin(&mut tx, app, actor, Verb::ActFor, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    remarks::refuse_secrets(&mut tx, app, locked.firm, &locked.onboarding, question).await?;
    let person = actor.person().ok_or(Error::Missing)?;
    let request = ConsentRequest {
        person,
        asked_by: actor.name().to_owned(),
        reason: question.as_str().to_owned(),
        asked_at: now,
    };
    consents::create_request(&mut tx, locked.firm, app.clock.new_id(), &request).await?;
    let product = &app.config.product_name;
    let link = support_page(app, locked.firm);
    let letter = mails::support::consent_question(product, actor.name(), question.as_str(), link);
    write_to_all(&mut tx, app, locked.firm, &letter).await?;
    cases::set_contacted(&mut tx, locked.firm, locked.onboarding.id, now).await?;
    let activity = app
        .activity(actor, ActivityVerb::ConsentAsked)
        .about(question.as_str());
    activities::record(&mut tx, &activity).await?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    tx.commit().await?;
    Ok(())
}

/// A support person records that someone at the firm agreed by mail. The firm is notified, with the
/// quoted words, and can withdraw the consent before it begins; what a lead records or confirms begins
/// at once.
pub async fn record(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    answer: &ConsentAnswer,
    reason: &Remark,
) -> Result<(), CaseError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseConsentRecorded;
    let locked = case::begin(&mut tx, app, actor, Verb::ActFor, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    remarks::refuse_secrets(&mut tx, app, locked.firm, &locked.onboarding, &answer.quote).await?;
    let product = &app.config.product_name;
    let letter = mails::support::consent_recorded(
        product,
        actor.name(),
        &answer.who,
        answer.when,
        answer.quote.as_str(),
        actor.is_lead(),
        support_page(app, locked.firm),
    );
    let sent = write_to_all(&mut tx, app, locked.firm, &letter).await?;
    let consent = Consent {
        id: app.clock.new_id(),
        firm: locked.firm,
        given_by: answer.who.clone(),
        recorded: Some(Recorded {
            by: actor.name().to_owned(),
            quote: answer.quote.as_str().to_owned(),
            confirmed_by: None,
            told: None,
        }),
        given_at: answer.when,
        recorded_at: now,
        begins_at: actor.is_lead().then_some(now),
        expires_at: now + LIFE,
    };
    consents::create(&mut tx, &consent, &sent).await?;
    let activity = app
        .activity(actor, ActivityVerb::ConsentRecorded)
        .about(&answer.who)
        .with(json!({ "quote": answer.quote.as_str() }));
    activities::record(&mut tx, &activity).await?;
    case::finish(&mut tx, app, actor, &locked, Some(&answer.who), reason).await?;
    tx.commit().await?;
    Ok(())
}

/// A lead confirms what somebody else of support recorded: it begins at once. What a lead records
/// has begun already, so nobody confirms their own.
pub(crate) async fn confirm(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: &Remark,
) -> Result<(), CaseError> {
    if !actor.is_lead() {
        return Err(WhyNot::NotALead.into());
    }
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseConsentConfirmed;
    let locked = case::begin(&mut tx, app, actor, Verb::ActFor, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    let consent = consents::find_open_for_share(&mut tx, locked.firm, now).await?;
    let consent = consent.filter(|it| !it.has_begun(now));
    let consent = consent.ok_or(WhyNot::NothingToConfirm)?;
    consents::confirm(&mut tx, &consent, actor.name(), now).await?;
    let activity = app
        .activity(actor, ActivityVerb::ConsentConfirmed)
        .about(&consent.given_by);
    activities::record(&mut tx, &activity).await?;
    case::finish(
        &mut tx,
        app,
        actor,
        &locked,
        Some(&consent.given_by),
        reason,
    )
    .await?;
    tx.commit().await?;
    Ok(())
}

/// Mails every admin of the firm.
pub(super) async fn write_to_all(
    conn: &mut PgConnection,
    app: &App,
    firm: FirmId,
    letter: &Letter,
) -> Result<Vec<MailId>, Error> {
    let mut sent = Vec::new();
    for member in memberships::list(conn, firm).await? {
        sent.push(mail::queue(conn, app, Some(firm), &member.email, letter).await?);
    }
    Ok(sent)
}

fn support_page(app: &App, firm: FirmId) -> SecretString {
    app.link(&paths::support_access(firm))
}
