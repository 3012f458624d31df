//! What support's actions on a case have in common.
//!
//! A page of a case carries what it showed: the onboarding's version and how often support had
//! acted on it. An action begins with [`begin`], which refuses an old page and says who was
//! faster, and ends with [`finish`], which counts it and writes why it was done. What the firm may
//! know of it is an entry of its own; the reason is for support alone.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::onboarding::{Seen, lock};
use super::{Error, remarks};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, FirmId, Remark, Verb};
use crate::onboarding::Onboarding;
use crate::onboarding::case::WhyNot;
use crate::onboarding::situation::Evidence;
use crate::store::{activities, cases, queue_lines};

/// The case a page showed, and its state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenCase {
    pub seen: Seen,
    /// The number of support actions on it so far.
    pub revision: i64,
}

/// Why an action on a case was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum CaseError {
    /// It does not apply in the current state.
    #[error(transparent)]
    NotNow(#[from] WhyNot),
    /// Someone else acted on the case after the page was shown.
    #[error("{} was faster", .0.who)]
    Overtaken(LastChange),
    #[error(transparent)]
    Flow(Error),
}

/// The last action on a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastChange {
    pub who: String,
    /// The verb of the activity as it is stored; `None` where it was a step of the setup.
    pub verb: Option<String>,
    pub at: DateTime<Utc>,
}

impl<E: Into<Error>> From<E> for CaseError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// A case locked until the transaction ends.
pub(super) struct LockedCase {
    pub firm: FirmId,
    pub onboarding: Onboarding,
    pub connection: Option<Connection>,
    pub evidence: Evidence,
    revision: i64,
    change: ActivityVerb,
}

/// Locks a case for `change`. Returns nothing where the same person has just made the same change
/// from the same page: a double click, a form sent twice.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    verb: Verb,
    change: ActivityVerb,
    page: SeenCase,
) -> Result<Option<LockedCase>, CaseError> {
    let firm = actor.may(verb)?;
    let stored = lock(conn, firm, page.seen).await?;
    let id = stored.onboarding.id;
    let revision = cases::revision(conn, firm, id).await?.unwrap_or_default();
    if revision != page.revision
        && let Some(last) = activities::find_last_at_case(conn, firm, id).await?
    {
        let same = last.actor_id == actor.person()
            && last.verb == change.as_str()
            && last.details["turn"] == json!(page.revision);
        if same {
            return Ok(None);
        }
        return Err(CaseError::Overtaken(LastChange {
            who: last.actor_name,
            verb: Some(last.verb),
            at: last.at,
        }));
    }
    if stored.onboarding.version != page.seen.version {
        return Err(CaseError::Overtaken(LastChange {
            who: stored.changed_by,
            verb: None,
            at: stored.onboarding.updated_at,
        }));
    }
    let evidence = queue_lines::evidence(conn, firm, id, app.clock.now()).await?;
    Ok(Some(LockedCase {
        firm,
        evidence: evidence.ok_or(Error::Missing)?,
        onboarding: stored.onboarding,
        connection: stored.connection,
        revision,
        change,
    }))
}

/// Counts the action and records its reason, for support alone; what is done from the case itself
/// may come without one. `about` names its object.
pub(super) async fn finish<'a>(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &LockedCase,
    about: Option<&str>,
    reason: impl Into<Option<&'a Remark>>,
) -> Result<(), CaseError> {
    finish_with(conn, app, actor, locked, about, json!({}), reason).await
}

/// The same with facts beside the reason.
pub(super) async fn finish_with<'a>(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &LockedCase,
    about: Option<&str>,
    mut facts: Value,
    reason: impl Into<Option<&'a Remark>>,
) -> Result<(), CaseError> {
    let id = locked.onboarding.id;
    if let Some(reason) = reason.into() {
        remarks::refuse_secrets(conn, app, locked.firm, &locked.onboarding, reason).await?;
        facts["reason"] = json!(reason.as_str());
    }
    queue_lines::refresh(conn, locked.firm, id, app.clock.now()).await?;
    cases::count_revision(conn, locked.firm, id).await?;
    facts["onboarding"] = json!(id);
    facts["turn"] = json!(locked.revision);
    let mut activity = app
        .activity(actor, locked.change)
        .with(facts)
        .for_staff_only();
    if let Some(about) = about {
        activity = activity.about(about);
    }
    activities::record(conn, &activity).await?;
    Ok(())
}
