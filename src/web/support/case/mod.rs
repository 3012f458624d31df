//! `/support/onboardings/{onboarding}`: one case, and what support can do about it.

mod act_for;
mod action;
mod actions;
mod ask;
mod ask_consent;
pub(super) mod assign;
mod check_again;
mod close;
mod confirm_consent;
mod connection;
mod firm_side;
mod fixes;
mod in_place;
mod known;
mod link;
mod note;
mod page;
mod record_consent;
mod reopen;
mod reopen_step;
mod retry;
pub(super) mod snooze;
mod timeline;
mod unread;
mod view_as;

use axum::Router;
use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::routing::{get, post};

use ask::AskFields;
pub(super) use ask::{last_change, optional_reason};

use crate::app::App;
use crate::identity::{Actor, DeskVerb, OnboardingId, TimeZone, Verb};
use crate::onboarding::Onboarding;
use crate::onboarding::situation::Evidence;
use crate::paths;
use crate::store::cases::{self, Case};
use crate::store::queue_lines;
use crate::web::access::SupportAccess;
use crate::web::answer::{SeeOther, see_other};
use crate::web::error::PageError;
use crate::web::view::Shell;

/// The pages of a case.
pub(super) fn routes() -> Router<App> {
    let notes = paths::route(paths::CASE_ACTION, "action", page::NOTES);
    let unread = paths::route(paths::CASE_ACTION, "action", unread::SLUG);
    Router::new()
        .route(paths::CASE, get(page::get))
        .route(&notes, post(note::post))
        .route(&unread, get(unread::get))
        .merge(in_place::route::<check_again::CheckAgain>())
        .merge(in_place::route::<connection::CheckNow>())
        .merge(in_place::route::<connection::SyncNow>())
        .merge(in_place::route::<connection::Repair>())
        .merge(in_place::route::<retry::Retry>())
        .merge(in_place::route::<assign::Assign>())
        .merge(in_place::route::<snooze::Snooze>())
        .merge(action::route::<link::SendLink>())
        .merge(action::route::<fixes::SendFixes>())
        .merge(action::route::<view_as::ViewAs>())
        .merge(action::route::<act_for::ActFor>())
        .merge(action::route::<ask_consent::AskConsent>())
        .merge(action::route::<record_consent::RecordConsent>())
        .merge(action::route::<confirm_consent::ConfirmConsent>())
        .merge(action::route::<reopen_step::ReopenStep>())
        .merge(action::route::<close::Close>())
        .merge(action::route::<reopen::Reopen>())
}

/// A support person at a case, and the case.
pub(crate) struct CaseAccess {
    /// At the firm that the case is about.
    pub actor: Actor,
    pub case: Case,
    /// The evidence that its queue line was derived from.
    pub evidence: Evidence,
    support: SupportAccess,
}

impl CaseAccess {
    async fn of(app: &App, support: SupportAccess, id: OnboardingId) -> Result<Self, PageError> {
        let mut conn = app.db.acquire().await?;
        let case = cases::find(&mut conn, id)
            .await?
            .ok_or(PageError::Missing)?;
        let actor = support.at_case(case.firm.id);
        let firm = actor.may(Verb::SeeCase)?;
        let now = app.clock.now();
        let evidence = queue_lines::evidence(&mut conn, firm, id, now).await?;
        Ok(Self {
            actor,
            case,
            evidence: evidence.ok_or(PageError::Missing)?,
            support,
        })
    }

    /// Which setup it is, and how often that changed.
    pub(super) fn version(&self) -> (OnboardingId, i64) {
        let onboarding = self.onboarding();
        (onboarding.id, onboarding.version)
    }

    /// The case as it is now, after runs that may have changed it
    /// ([why](../../../../docs/adr/0433-what-is-running-is-read-before-its-result.md)).
    pub(super) async fn reloaded(&self, app: &App) -> Result<Self, PageError> {
        Self::of(app, self.support.clone(), self.onboarding().id).await
    }

    pub(super) fn shell(&self, app: &App) -> Shell {
        self.support.shell(app)
    }

    pub(super) fn onboarding(&self) -> &Onboarding {
        &self.case.stored.onboarding
    }

    pub(super) fn time_zone(&self) -> TimeZone {
        self.support.session.time_zone
    }

    pub(crate) fn is_mine(&self) -> bool {
        let assignee = self.case.line.assignee.as_ref();
        assignee.is_some_and(|assignee| assignee.id == self.support.session.person)
    }

    pub(super) fn can_remove_firm(&self) -> bool {
        self.support.actor.may_at_desk(DeskVerb::RemoveFirm).is_ok()
    }

    /// What every form of the case carries, so that an old one is known.
    pub(super) fn seen(&self) -> AskFields {
        AskFields {
            onboarding: self.onboarding().id,
            version: self.onboarding().version,
            revision: self.case.line.revision,
        }
    }

    /// The address of the case.
    pub(super) fn home(&self) -> String {
        paths::case(self.onboarding().id)
    }

    /// Back to the case, which says what was done.
    pub(super) fn done(&self, said: impl Into<String>) -> SeeOther {
        see_other(self.home()).with_success(said)
    }

    /// The address of an action.
    pub(super) fn at(&self, action: &str) -> String {
        paths::case_action(self.onboarding().id, action)
    }
}

impl FromRequestParts<App> for CaseAccess {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let support = SupportAccess::from_request_parts(parts, app).await?;
        let id = onboarding_in_path(parts, app).await?;
        Self::of(app, support, id).await
    }
}

async fn onboarding_in_path(parts: &mut Parts, app: &App) -> Result<OnboardingId, PageError> {
    let params = RawPathParams::from_request_parts(parts, app)
        .await
        .map_err(|_| PageError::Missing)?;
    params
        .iter()
        .find_map(|(name, value)| (name == "onboarding").then(|| value.parse().ok()).flatten())
        .ok_or(PageError::Missing)
}
