//! Why an onboarding is where it is, and whose turn it is: derived from evidence, never typed in
//! by anybody.

use chrono::{DateTime, Utc};

use super::stage::Stage;
use crate::connection::{AccessWay, ConnectionState};
use crate::ledger::RunState;
use crate::verdict::{Party, ReasonCode};

/// What an onboarding waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    pub code: SituationCode,
    /// The published reason, where Procore or a check gave one.
    pub reason: Option<ReasonCode>,
    /// Whose turn it is.
    pub party: WaitingOn,
    /// Since when code and reason hold.
    pub since: DateTime<Utc>,
}

text_enum! {
    /// What the queue is counted and filtered by, in the order of its counts: what needs somebody
    /// comes first.
    pub enum SituationCode {
        CompletionNeedsPerson = "completion_needs_person",
        KeyRejected = "key_rejected",
        WrongEnvironment = "wrong_environment",
        AppNotInstalled = "app_not_installed",
        CompanyNotFound = "company_not_found",
        CompanyTaken = "company_taken",
        LevelTooLow = "level_too_low",
        NoProjects = "no_projects",
        ProjectTool = "project_tool",
        Hidden = "hidden",
        /// Procore answered something we do not know.
        UnknownAnswer = "unknown_answer",
        /// A colleague of the firm was asked to do something in Procore.
        WaitingForAdmin = "waiting_for_admin",
        /// Procore reviews the firm's app.
        PendingApproval = "pending_approval",
        ProcoreOutage = "procore_outage",
        CompletionWaiting = "completion_waiting",
        Completing = "completing",
        NeverStarted = "never_started",
        /// The firm started and has not moved for long. Never stored: time alone makes it.
        Idle = "idle",
        InProgress = "in_progress",
        Connected = "connected",
        /// It is connected, and nothing can be read any more.
        ConnectionBroken = "connection_broken",
        /// It is connected, and something is wrong.
        ConnectionDegraded = "connection_degraded",
        /// It is connected, and the firm wants nothing read for now.
        ConnectionPaused = "connection_paused",
        /// It was closed, and what we created in Procore is being removed.
        Closing = "closing",
        Closed = "closed",
    }
}

/// What a code means for the order of the queue, for reminders and for escalation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Nothing has failed; it moves when the firm does.
    Walking,
    /// Stopped until a person fixes something.
    Stopped,
    /// Procore's people decide, which may take days.
    Approval,
    /// Procore is down or asked us to wait.
    Waiting,
    /// Works by itself, or rests because the firm wants it so.
    Running,
    /// It was done, and something has gone wrong since; incidents write to the firm.
    Incident,
    /// Ours to finish: the firm is done with it.
    Closing,
    /// Nothing is left to do.
    Over,
}

text_enum! {
    /// Who has to move next, in the order of the queue's filter.
    pub enum WaitingOn {
        Firm = "firm",
        ProcoreAdmin = "procore_admin",
        Us = "us",
        Procore = "procore",
        Nobody = "nobody",
    }
}

impl SituationCode {
    pub fn kind(self) -> Kind {
        match self {
            Self::CompletionNeedsPerson
            | Self::KeyRejected
            | Self::WrongEnvironment
            | Self::AppNotInstalled
            | Self::CompanyNotFound
            | Self::CompanyTaken
            | Self::LevelTooLow
            | Self::NoProjects
            | Self::ProjectTool
            | Self::Hidden
            | Self::UnknownAnswer => Kind::Stopped,
            Self::WaitingForAdmin | Self::NeverStarted | Self::Idle | Self::InProgress => {
                Kind::Walking
            }
            Self::PendingApproval => Kind::Approval,
            Self::ProcoreOutage | Self::CompletionWaiting => Kind::Waiting,
            Self::Completing | Self::ConnectionPaused => Kind::Running,
            Self::ConnectionBroken | Self::ConnectionDegraded => Kind::Incident,
            Self::Closing => Kind::Closing,
            Self::Connected | Self::Closed => Kind::Over,
        }
    }

    /// Whether nobody can do anything but wait for Procore.
    pub(super) fn is_wait(self) -> bool {
        matches!(self.kind(), Kind::Waiting | Kind::Approval)
    }

    /// The code as it reads now: a firm that started and has been idle for too long is idle.
    #[must_use]
    pub fn after(self, is_idle: bool) -> Self {
        match self {
            Self::InProgress if is_idle => Self::Idle,
            other => other,
        }
    }

    /// What checks that stopped for a reason come to.
    fn of_check(reason: ReasonCode) -> Self {
        match reason {
            ReasonCode::Credentials => Self::KeyRejected,
            ReasonCode::Environment => Self::WrongEnvironment,
            ReasonCode::NotInstalled => Self::AppNotInstalled,
            ReasonCode::Company => Self::CompanyNotFound,
            ReasonCode::Taken => Self::CompanyTaken,
            ReasonCode::Level(_) | ReasonCode::WebhookLevel => Self::LevelTooLow,
            ReasonCode::NoProjects => Self::NoProjects,
            ReasonCode::ProjectTool => Self::ProjectTool,
            ReasonCode::Hidden => Self::Hidden,
            ReasonCode::Unreachable | ReasonCode::Rate | ReasonCode::Busy => Self::ProcoreOutage,
            ReasonCode::PendingApproval => Self::PendingApproval,
            ReasonCode::Excess
            | ReasonCode::Unexpected
            | ReasonCode::NotYours
            | ReasonCode::Hook
            | ReasonCode::Deliveries
            | ReasonCode::Late
            | ReasonCode::AppUpdate => Self::UnknownAnswer,
        }
    }
}

impl From<Party> for WaitingOn {
    fn from(party: Party) -> Self {
        match party {
            Party::FirmAdmin => Self::Firm,
            Party::ProcoreAdmin => Self::ProcoreAdmin,
            Party::Us => Self::Us,
            Party::Procore => Self::Procore,
        }
    }
}

/// What the rows of an onboarding say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub stage: Stage,
    /// When the onboarding last moved.
    pub progress_at: DateTime<Utc>,
    /// It was closed: started again, or given up.
    pub closed: bool,
    /// When a colleague was last asked to do something that is still open.
    pub handed_over_at: Option<DateTime<Utc>>,
    /// The firm says that Procore reviews its app.
    pub approval_pending: bool,
    /// How the newest checks of the step that it stands at ended.
    pub checks: Option<Checks>,
    /// What the completion is doing, with the reason that it waits for.
    pub run: Option<(RunState, Option<ReasonCode>)>,
    /// The same of the removal that followed its closing, where something had been created.
    pub removal: Option<(RunState, Option<ReasonCode>)>,
    /// How the firm gives access; `None` before details were entered.
    pub access_way: Option<AccessWay>,
    /// What its connection is; `None` before details were entered.
    pub connection: Option<ConnectionState>,
    /// The firm paused it.
    pub paused: bool,
    /// What is wrong with the connection now.
    pub incident: Option<ReasonCode>,
    /// Our webhook is not as we left it.
    pub webhook_changed: bool,
}

/// How checks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Checks {
    /// They have not ended.
    Running,
    Passed,
    /// They failed or wait, for this reason.
    Stopped(Option<ReasonCode>),
}

impl Evidence {
    /// The situation that it proves, as of now.
    pub fn situation(&self, now: DateTime<Utc>) -> Situation {
        let (code, reason, party) = self.conclude();
        // What the firm corrects in its own key is ours in the vendor's.
        let of_way = self
            .access_way
            .zip(reason)
            .map(|(way, reason)| way.party(reason));
        let is_ours = party == WaitingOn::Firm && of_way == Some(Party::Us);
        Situation {
            code,
            reason,
            party: if is_ours { WaitingOn::Us } else { party },
            since: now,
        }
    }

    fn conclude(&self) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
        if self.closed {
            return match self.removal {
                Some((state, reason)) if !state.is_over() => closing(state, reason),
                Some(_) | None => (SituationCode::Closed, None, WaitingOn::Nobody),
            };
        }
        match self.stage {
            Stage::Done => connected(self.connection, self.paused, self.incident),
            Stage::Completing => completing(self.run),
            Stage::Review
            | Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete => match self.checks {
                Some(Checks::Stopped(reason)) => self.stopped(reason),
                Some(Checks::Running | Checks::Passed) | None => self.walking(),
            },
        }
    }

    fn stopped(
        &self,
        reason: Option<ReasonCode>,
    ) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
        let code = reason.map_or(SituationCode::UnknownAnswer, SituationCode::of_check);
        let party = match reason {
            Some(reason) if reason.is_wait() => WaitingOn::Procore,
            _ if self.handed_over_at.is_some() => WaitingOn::ProcoreAdmin,
            Some(reason) => reason.party().into(),
            None => WaitingOn::Firm,
        };
        (code, reason, party)
    }

    fn walking(&self) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
        if self.approval_pending && self.stage == Stage::Credentials {
            let reason = ReasonCode::PendingApproval;
            let code = SituationCode::PendingApproval;
            return (code, Some(reason), reason.party().into());
        }
        let (code, party) = match (self.handed_over_at, self.stage) {
            (Some(_), _) => (SituationCode::WaitingForAdmin, WaitingOn::ProcoreAdmin),
            (None, Stage::Review) => (SituationCode::NeverStarted, WaitingOn::Firm),
            (None, _) => (SituationCode::InProgress, WaitingOn::Firm),
        };
        (code, None, party)
    }
}

/// The setup is done, so the connection speaks.
fn connected(
    connection: Option<ConnectionState>,
    paused: bool,
    incident: Option<ReasonCode>,
) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
    let code = match (connection, incident) {
        (Some(ConnectionState::Removing), _) => SituationCode::Closing,
        (Some(ConnectionState::Disconnected), _) => SituationCode::Closed,
        (Some(ConnectionState::Connected), _) if paused => {
            return (SituationCode::ConnectionPaused, None, WaitingOn::Firm);
        }
        (Some(ConnectionState::SettingUp | ConnectionState::Connected) | None, Some(reason)) => {
            let code = match reason.stops_everything() {
                true => SituationCode::ConnectionBroken,
                false => SituationCode::ConnectionDegraded,
            };
            return (code, incident, reason.party().into());
        }
        (Some(ConnectionState::SettingUp | ConnectionState::Connected) | None, None) => {
            SituationCode::Connected
        }
    };
    (code, None, WaitingOn::Nobody)
}

fn closing(
    state: RunState,
    reason: Option<ReasonCode>,
) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
    let party = match state {
        RunState::NeedsPerson => WaitingOn::Us,
        RunState::Waiting => WaitingOn::Procore,
        RunState::Running | RunState::Done | RunState::Abandoned => WaitingOn::Nobody,
    };
    (SituationCode::Closing, reason, party)
}

fn completing(
    run: Option<(RunState, Option<ReasonCode>)>,
) -> (SituationCode, Option<ReasonCode>, WaitingOn) {
    let (state, reason) = run.unwrap_or((RunState::Running, None));
    let (code, party) = match state {
        RunState::NeedsPerson => (
            SituationCode::CompletionNeedsPerson,
            reason.map_or(WaitingOn::Firm, |reason| reason.party().into()),
        ),
        RunState::Waiting => (SituationCode::CompletionWaiting, WaitingOn::Procore),
        RunState::Running | RunState::Done | RunState::Abandoned => {
            (SituationCode::Completing, WaitingOn::Nobody)
        }
    };
    (code, reason, party)
}

#[cfg(test)]
#[path = "situation_tests.rs"]
mod tests;
