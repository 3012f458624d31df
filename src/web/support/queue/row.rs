//! An onboarding as a row of the queue.

use chrono::{DateTime, Utc};

use crate::identity::PersonId;
use crate::onboarding::Stage;
use crate::onboarding::cause::Cause;
use crate::paths;
use crate::store::queue::Listed;
use crate::web::support::reason;
use crate::web::view::{Shell, Signal, When, duration};

pub struct Row {
    pub href: String,
    pub firm: String,
    pub company: Option<i64>,
    pub step: String,
    pub signal: Signal,
    pub reason: String,
    pub code: Option<String>,
    pub waiting_on: &'static str,
    /// `None` once nobody has to move any more.
    pub idle: Option<String>,
    /// When it was connected or closed.
    pub over: Option<When>,
    pub due: Option<When>,
    pub is_overdue: bool,
    /// Until when it sleeps.
    pub snoozed: Option<String>,
    pub assignee: Option<String>,
    pub contacted: Option<When>,
}

impl Row {
    pub fn new(
        shell: &Shell,
        it: Listed,
        idle_since: DateTime<Utc>,
        staff: &[(PersonId, String)],
    ) -> Self {
        let cause = it.cause.after(it.progress_at <= idle_since);
        let is_over = matches!(cause, Cause::Connected | Cause::Closed);
        let name = |person| {
            let found = staff.iter().find(|(id, _)| *id == person);
            found
                .map_or("Somebody who left", |(_, name)| name)
                .to_owned()
        };
        Self {
            href: paths::case(it.onboarding_id),
            company: it.company_id,
            step: step(it.stage),
            signal: signal(cause),
            reason: cause.line(it.code),
            code: it.code.map(|code| code.to_string()),
            waiting_on: reason::waiting_on(it.waiting_on),
            idle: (!is_over).then(|| duration(shell.now - it.progress_at)),
            over: is_over.then(|| shell.when(it.since)),
            due: it.due_at.filter(|_| !is_over).map(|at| shell.when(at)),
            is_overdue: it.due_at.is_some_and(|at| at <= shell.now),
            snoozed: it
                .snoozed_until
                .filter(|at| !is_over && *at > shell.now)
                .map(|at| shell.when(at).time()),
            assignee: it.assignee.map(name),
            contacted: it.contacted_at.map(|at| shell.when(at)),
            firm: it.firm_name,
        }
    }
}

/// The step with its number, and what happens on the last one.
pub fn step(stage: Stage) -> String {
    let label = match stage {
        Stage::Completing => "Setting up",
        Stage::Done => "Done",
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => stage.label(),
    };
    format!("{} {label}", stage.number())
}

fn signal(cause: Cause) -> Signal {
    match cause {
        Cause::CompletionNeedsPerson
        | Cause::KeyRejected
        | Cause::WrongEnvironment
        | Cause::AppNotInstalled
        | Cause::CompanyNotFound
        | Cause::CompanyTaken
        | Cause::LevelTooLow
        | Cause::NoProjects
        | Cause::ProjectTool
        | Cause::Hidden
        | Cause::UnknownAnswer => Signal::Needed,
        Cause::WaitingForAdmin | Cause::ProcoreOutage | Cause::CompletionWaiting | Cause::Idle => {
            Signal::Waiting
        }
        Cause::Completing | Cause::Closing | Cause::InProgress => Signal::Running,
        Cause::NeverStarted | Cause::Closed => Signal::Idle,
        Cause::Connected => Signal::Done,
    }
}
