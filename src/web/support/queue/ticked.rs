//! The ticked rows of the queue, acted on together: each case by its own flow, in a transaction of
//! its own. What could not be done is said case by case, and stays ticked.

use std::str::FromStr;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::address::QueueQuery;
use super::{PAGE, build};
use crate::app::App;
use crate::flows::case::{CaseError, LastChange, SeenCase};
use crate::flows::{Error, Seen, assign_case, remind_firm, snooze_case};
use crate::identity::{DeskVerb, OnboardingId, PersonId, Remark, RemarkError};
use crate::paths;
use crate::store::cases::{self, Case};
use crate::store::queue::ListedLine;
use crate::text::{forms, queue as text};
use crate::web::access::SupportAccess;
use crate::web::answer::{page, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::support::case::{assign, last_change, optional_reason, snooze};
use crate::web::view::{Notice, Shell};

/// As the form sends it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct TickedForm {
    #[serde(rename = "case")]
    cases: Vec<String>,
    /// Which button was pressed.
    action: String,
    /// Who is to look after them.
    to: String,
    day: String,
    /// The reason; `reason` is a filter of the same page.
    why: String,
}

/// A ticked row: which case, and how it stood when the queue was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Tick {
    onboarding: OnboardingId,
    revision: i64,
    /// When it last moved, in microseconds: the queue does not know the version of a setup.
    moved: i64,
}

/// What is done to each of them.
enum Change {
    Assign(Option<PersonId>),
    Snooze { until: DateTime<Utc>, day: String },
    Remind,
}

/// What is to be done, by whom and why.
struct Work<'a> {
    app: &'a App,
    support: &'a SupportAccess,
    shell: &'a Shell,
    change: Change,
    reason: Option<Remark>,
}

/// A case to which nothing was done.
struct Left {
    onboarding: OnboardingId,
    firm: String,
    why: String,
    /// The reason holds a secret of this firm.
    holds_secret: bool,
}

impl Tick {
    pub(super) fn of(line: &ListedLine) -> Self {
        Self {
            onboarding: line.onboarding,
            revision: line.revision,
            moved: line.progress_at.timestamp_micros(),
        }
    }
}

impl std::fmt::Display for Tick {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}~{}~{}", self.onboarding, self.revision, self.moved)
    }
}

impl FromStr for Tick {
    type Err = ();

    fn from_str(value: &str) -> Result<Self, ()> {
        let mut parts = value.splitn(3, '~');
        let mut next = || parts.next().ok_or(());
        Ok(Self {
            onboarding: next()?.parse().map_err(drop)?,
            revision: next()?.parse().map_err(drop)?,
            moved: next()?.parse().map_err(drop)?,
        })
    }
}

impl TickedForm {
    /// The form as it was filled in.
    fn form(&self, ticks: &[Tick]) -> FormState {
        let ticked = ticks.iter().map(|tick| tick.onboarding.to_string());
        FormState::default()
            .keep_all("case", ticked)
            .keep("to", self.to.as_str())
            .keep("day", self.day.trim())
            .keep("why", self.why.trim())
    }

    fn change(
        &self,
        app: &App,
        support: &SupportAccess,
        shell: &Shell,
        form: &mut FormState,
    ) -> Option<Change> {
        match self.action.as_str() {
            "take" => Some(Change::Assign(Some(support.session.person))),
            "assign" => {
                let assignee = form.check("to", assign::parse(&self.to))?;
                Some(Change::Assign(assignee))
            }
            "snooze" => {
                let zone = support.session.time_zone;
                let until = snooze::parse(&self.day, app.clock.now(), zone);
                let until = form.check("day", until)?;
                let day = shell.when(until).day();
                Some(Change::Snooze { until, day })
            }
            "remind" => Some(Change::Remind),
            _ => {
                form.fail_form(forms::ACTION);
                None
            }
        }
    }
}

impl Change {
    fn done(&self, count: usize, leaves: bool) -> String {
        match self {
            Self::Assign(_) => text::assigned(count),
            Self::Snooze { day, .. } => text::snoozed(count, day),
            Self::Remind => text::reminded(count, leaves),
        }
    }
}

pub(crate) async fn post(
    State(app): State<App>,
    support: SupportAccess,
    Query(asked): Query<QueueQuery>,
    Form(sent): Form<TickedForm>,
) -> Result<Response, PageError> {
    support.actor.may_at_desk(DeskVerb::SeeQueue)?;
    let shell = support.shell(&app);
    let mut ticks: Vec<Tick> = sent.cases.iter().filter_map(|it| it.parse().ok()).collect();
    ticks.truncate(PAGE as usize);
    let mut form = sent.form(&ticks);
    if ticks.is_empty() {
        form.fail("case", forms::NOTHING_TICKED);
    }
    let change = sent.change(&app, &support, &shell, &mut form);
    let reason = optional_reason(&sent.why, "why", &mut form);
    let (true, Some(change), Some(reason)) = (form.is_valid(), change, reason) else {
        return refused(&build(&app, &support, &asked, form, None).await?);
    };

    let work = Work {
        app: &app,
        support: &support,
        shell: &shell,
        change,
        reason,
    };
    let (mut done, mut left) = (0, Vec::new());
    for tick in ticks {
        match work.act(tick).await? {
            None => done += 1,
            Some(refused) => left.push(refused),
        }
    }
    let done = work.change.done(done, app.mails_leave());
    if left.is_empty() {
        let back = asked.read().href(paths::SUPPORT);
        return Ok(see_other(back).with_success(done).into_response());
    }
    let mut form = form.keep_all("case", left.iter().map(|it| it.onboarding.to_string()));
    let mut status = StatusCode::CONFLICT;
    if left.iter().any(|it| it.holds_secret) {
        form.set("why", ""); // it is not shown again
        form.fail("why", RemarkError::Secret.to_string());
        status = StatusCode::UNPROCESSABLE_ENTITY;
    }
    let reasons = left.iter().map(|it| (it.firm.as_str(), it.why.as_str()));
    let notice = Notice::needs_you(text::partly_done(&done, reasons));
    page(
        status,
        &build(&app, &support, &asked, form, Some(notice)).await?,
    )
}

impl Work<'_> {
    /// Does it to one case; says why, where it cannot be done.
    async fn act(&self, tick: Tick) -> Result<Option<Left>, PageError> {
        let mut conn = self.app.db.acquire().await?;
        let case = cases::find(&mut conn, tick.onboarding).await?;
        drop(conn);
        let Some(case) = case else {
            return Ok(Some(Left {
                onboarding: tick.onboarding,
                firm: text::A_CASE.to_owned(),
                why: text::GONE.to_owned(),
                holds_secret: false,
            }));
        };
        let result = if case.line.progress_at.timestamp_micros() == tick.moved {
            self.call(&case, tick).await
        } else {
            Err(CaseError::Overtaken(LastChange {
                who: case.stored.changed_by.clone(),
                verb: None,
                at: case.stored.onboarding.updated_at,
            }))
        };
        let (why, holds_secret) = match result {
            Ok(()) => return Ok(None),
            Err(CaseError::NotNow(why)) => (why.to_string(), false),
            Err(CaseError::Overtaken(last)) => (last_change(self.shell, &last), false),
            Err(CaseError::Flow(Error::HoldsSecret)) => (RemarkError::Secret.to_string(), true),
            Err(CaseError::Flow(error)) => return Err(error.into()),
        };
        Ok(Some(Left {
            onboarding: tick.onboarding,
            firm: case.firm.name,
            why,
            holds_secret,
        }))
    }

    async fn call(&self, case: &Case, tick: Tick) -> Result<(), CaseError> {
        let (app, actor) = (self.app, self.support.at_case(case.firm.id));
        let seen = SeenCase {
            seen: Seen {
                onboarding_id: tick.onboarding,
                version: case.stored.onboarding.version,
            },
            revision: tick.revision,
        };
        let reason = self.reason.as_ref();
        match &self.change {
            Change::Assign(person) => assign_case::run(app, &actor, seen, *person, reason).await,
            Change::Snooze { until, day } => {
                snooze_case::run(app, &actor, seen, *until, day, reason).await
            }
            Change::Remind => remind_firm::run(app, &actor, seen, reason).await,
        }
    }
}
