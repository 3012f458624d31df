//! An onboarding as a row of the queue.

use chrono::{DateTime, Utc};

use super::ticked::Tick;
use crate::identity::PersonId;
use crate::onboarding::situation::{Kind, SituationCode};
use crate::paths;
use crate::store::queue::ListedLine;
use crate::text::queue::{LEFT, select};
use crate::text::situation::in_projects;
use crate::text::time::duration;
use crate::web::view::{Shell, Signal, When};

pub(crate) struct QueueRow {
    pub id: String,
    /// What ticking it sends, and the name of the box.
    pub tick: Tick,
    pub select: String,
    pub href: String,
    pub firm: String,
    pub company: Option<i64>,
    pub step: String,
    pub signal: Signal,
    pub reason: String,
    pub code: Option<String>,
    pub waiting_on: &'static str,
    /// `None` once it is over.
    pub idle: Option<String>,
    /// When it was connected or closed.
    pub over: Option<When>,
    pub due: Option<When>,
    pub is_overdue: bool,
    /// Until when it is snoozed.
    pub snoozed: Option<String>,
    pub assignee: Option<String>,
    pub contacted: Option<When>,
}

impl QueueRow {
    pub(super) fn new(
        shell: &Shell,
        it: ListedLine,
        idle_since: DateTime<Utc>,
        staff: &[(PersonId, String)],
    ) -> Self {
        let situation = it.situation.code.after(it.progress_at <= idle_since);
        let is_over = situation.kind() == Kind::Over;
        let name = |person| {
            let found = staff.iter().find(|(id, _)| *id == person);
            found.map_or(LEFT, |(_, name)| name).to_owned()
        };
        Self {
            id: it.onboarding.to_string(),
            tick: Tick::of(&it),
            select: select(&it.firm_name),
            href: paths::case(it.onboarding),
            company: it.company_id,
            step: it.stage.numbered(),
            signal: signal(situation),
            reason: reason(&it, situation),
            code: it.situation.reason.map(|reason| reason.to_string()),
            waiting_on: it.situation.party.label(),
            idle: (!is_over).then(|| duration(shell.now - it.progress_at)),
            over: is_over.then(|| shell.when(it.situation.since)),
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

/// Why it stands where it stands, in a line.
pub(super) fn reason(it: &ListedLine, situation: SituationCode) -> String {
    match (it.projects, it.situation.reason) {
        (Some(projects), Some(code)) => in_projects(projects.count, projects.of, code),
        (_, reason) => situation.line(reason),
    }
}

fn signal(situation: SituationCode) -> Signal {
    match situation.kind() {
        Kind::Stopped | Kind::Incident => Signal::Needed,
        Kind::Waiting | Kind::Approval => Signal::Waiting,
        Kind::Running if situation == SituationCode::ConnectionPaused => Signal::Idle,
        Kind::Running | Kind::Closing => Signal::Running,
        Kind::Walking => match situation {
            SituationCode::NeverStarted => Signal::Idle,
            SituationCode::InProgress => Signal::Running,
            _ => Signal::Waiting,
        },
        Kind::Over if situation == SituationCode::Connected => Signal::Done,
        Kind::Over => Signal::Idle,
    }
}
