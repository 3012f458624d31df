//! A support person visits a firm's own pages, to look or to act.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use super::case::{self, CaseError, SeenCase};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Access, Actor, FirmId, Remark, Verb};
use crate::onboarding::case::WhyNot;
use crate::store::grants::{self, NewGrant, Visit};
use crate::store::{activities, consents};

/// The longest visit to look.
pub(crate) const LOOK: TimeDelta = TimeDelta::minutes(60);
/// The longest visit to act: a working day. The consent may end it earlier.
pub(crate) const ACT: TimeDelta = TimeDelta::hours(8);
/// Visits ended per run; the next run ends the rest.
const AT_ONCE: i64 = 200;

/// Begins a visit to the firm's pages. Acting needs the firm's consent. An earlier visit of the same
/// person there ends.
pub async fn begin(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    access: Access,
    reason: &Remark,
) -> Result<(), CaseError> {
    let (verb, change) = match access {
        Access::View => (Verb::ViewAs, ActivityVerb::CaseViewedAs),
        Access::Act => (Verb::ActFor, ActivityVerb::CaseActedFor),
    };
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    let person = actor.person().ok_or(Error::Missing)?;
    let (consent, expires_at) = match access {
        Access::View => (None, now + LOOK),
        Access::Act => {
            let consent = consents::find_open_for_share(&mut tx, locked.firm, now).await?;
            let consent = consent.filter(|consent| consent.has_begun(now));
            let consent = consent.ok_or(WhyNot::NoConsent)?;
            (Some(consent.given_by), consent.expires_at.min(now + ACT))
        }
    };
    end_own(&mut tx, app, actor, locked.firm, now).await?;
    let grant = NewGrant {
        id: app.clock.new_id(),
        firm: locked.firm,
        person,
        access,
        reason: reason.as_str(),
        consent: consent.as_deref(),
        now,
        expires_at,
    };
    grants::create(&mut tx, &grant).await?;
    let verb = match access {
        Access::View => ActivityVerb::VisitBegun,
        Access::Act => ActivityVerb::VisitActingBegun,
    };
    let facts = json!({ "grant": grant.id, "until": expires_at, "consent_of": consent });
    let activity = app.activity(actor, verb).with(facts);
    activities::record(&mut tx, &activity).await?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    tx.commit().await?;
    Ok(())
}

/// Ends a support person's visit to the firm. Ending twice changes nothing.
pub async fn end(app: &App, actor: &Actor) -> Result<(), Error> {
    let firm = actor.may(Verb::ViewAs)?;
    let mut tx = app.db.begin().await?;
    end_own(&mut tx, app, actor, firm, app.clock.now()).await?;
    tx.commit().await?;
    Ok(())
}

async fn end_own(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    firm: FirmId,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    for visit in grants::end(conn, firm, actor.person(), None, now).await? {
        let activity = app.activity(actor, ended(visit.access));
        activities::record(conn, &activity).await?;
    }
    Ok(())
}

/// Records expired visits in the firms' activities and returns how many. An expired visit gives no
/// access, whether or not this has run.
pub(crate) async fn end_expired(app: &App) -> Result<usize, Error> {
    let mut tx = app.db.begin().await?;
    let expired = grants::end_expired(&mut tx, app.clock.now(), AT_ONCE).await?;
    for visit in &expired {
        record_end(&mut tx, app, visit, "time_over").await?;
    }
    tx.commit().await?;
    Ok(expired.len())
}

/// Records for the firm that a visit ended without the visitor ending it.
pub(super) async fn record_end(
    conn: &mut PgConnection,
    app: &App,
    visit: &Visit,
    why: &str,
) -> Result<(), Error> {
    let system = Actor::system_for(visit.firm);
    let activity = app
        .activity(&system, ended(visit.access))
        .about(&visit.name)
        .with(json!({ "why": why }));
    activities::record(conn, &activity).await?;
    Ok(())
}

fn ended(access: Access) -> ActivityVerb {
    match access {
        Access::View => ActivityVerb::VisitEnded,
        Access::Act => ActivityVerb::VisitActingEnded,
    }
}
