//! Where an onboarding stands in one line, and whom it waits for: derived from evidence, never
//! typed in by anybody.

use super::ledger::RunState;
use super::stage::Stage;
use crate::verdict::{Party, ReasonCode};

/// What is known about an onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evidence {
    pub stage: Stage,
    /// It was closed: started again, or given up.
    pub closed: bool,
    /// A colleague was asked to do something and has not finished.
    pub handed_over: bool,
    /// How the newest checks of the step that it stands at ended.
    pub checks: Option<Checks>,
    /// What the completion is doing, with the reason that it waits for.
    pub run: Option<(RunState, Option<ReasonCode>)>,
    /// The same of the removal that followed its closing, where something had been created.
    pub removal: Option<(RunState, Option<ReasonCode>)>,
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

/// The line about an onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attention {
    pub reason: Reason,
    /// The cause at Procore, where there is one.
    pub code: Option<ReasonCode>,
    pub waiting_on: WaitingOn,
}

/// Why an onboarding is where it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Nobody has begun.
    NeverStarted,
    /// The firm is at it.
    InProgress,
    /// A colleague of the firm was asked to do something in Procore.
    HandedOver,
    /// The checks stopped for the reason of the code.
    CheckFailed,
    /// Procore was down or asked for patience.
    ProcoreAway,
    /// The plan is being carried out.
    Completing,
    /// The completion goes on when somebody has mended something.
    CompletionNeedsPerson,
    /// Procore is connected.
    Connected,
    /// It was closed, and what we created in Procore is being removed.
    Closing,
    /// It was closed.
    Closed,
}

/// Who has to move next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WaitingOn {
    Firm,
    ProcoreAdmin,
    Us,
    Procore,
    Nobody,
}

impl Reason {
    /// Every reason, in the order of the queue's filter.
    pub const ALL: [Self; 10] = [
        Self::NeverStarted,
        Self::InProgress,
        Self::HandedOver,
        Self::CheckFailed,
        Self::ProcoreAway,
        Self::Completing,
        Self::CompletionNeedsPerson,
        Self::Connected,
        Self::Closing,
        Self::Closed,
    ];

    /// The stored form; schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverStarted => "never_started",
            Self::InProgress => "in_progress",
            Self::HandedOver => "handed_over",
            Self::CheckFailed => "check_failed",
            Self::ProcoreAway => "procore_away",
            Self::Completing => "completing",
            Self::CompletionNeedsPerson => "completion_needs_person",
            Self::Connected => "connected",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl WaitingOn {
    /// Every party, in the order of the queue's filter.
    pub const ALL: [Self; 5] = [
        Self::Firm,
        Self::ProcoreAdmin,
        Self::Us,
        Self::Procore,
        Self::Nobody,
    ];

    /// The stored form; schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Firm => "firm",
            Self::ProcoreAdmin => "procore_admin",
            Self::Us => "us",
            Self::Procore => "procore",
            Self::Nobody => "nobody",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|party| party.as_str() == text)
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

/// Derives the line from the evidence.
pub fn derive(evidence: &Evidence) -> Attention {
    let line = |reason, waiting_on| Attention {
        reason,
        code: None,
        waiting_on,
    };
    if evidence.closed {
        return match evidence.removal {
            Some((state, code)) if !state.is_over() => closing(state, code),
            Some(_) | None => line(Reason::Closed, WaitingOn::Nobody),
        };
    }
    match evidence.stage {
        Stage::Done => line(Reason::Connected, WaitingOn::Nobody),
        Stage::Completing => completing(evidence.run),
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => match (evidence.checks, evidence.handed_over) {
            (Some(Checks::Stopped(Some(code))), _) if code.is_wait() => Attention {
                reason: Reason::ProcoreAway,
                code: Some(code),
                waiting_on: WaitingOn::Procore,
            },
            (Some(Checks::Stopped(code)), handed_over) => Attention {
                reason: Reason::CheckFailed,
                code,
                waiting_on: match code {
                    _ if handed_over => WaitingOn::ProcoreAdmin,
                    Some(code) => code.party().into(),
                    None => WaitingOn::Firm,
                },
            },
            (_, true) => line(Reason::HandedOver, WaitingOn::ProcoreAdmin),
            (Some(Checks::Running | Checks::Passed) | None, false)
                if evidence.stage == Stage::Review =>
            {
                line(Reason::NeverStarted, WaitingOn::Firm)
            }
            (Some(Checks::Running | Checks::Passed) | None, false) => {
                line(Reason::InProgress, WaitingOn::Firm)
            }
        },
    }
}

/// Whatever a removal needs, it is ours to see to: the firm is done with it.
fn closing(state: RunState, code: Option<ReasonCode>) -> Attention {
    Attention {
        reason: Reason::Closing,
        code,
        waiting_on: match state {
            RunState::NeedsPerson => WaitingOn::Us,
            RunState::Waiting => WaitingOn::Procore,
            RunState::Running | RunState::Done | RunState::Abandoned => WaitingOn::Nobody,
        },
    }
}

fn completing(run: Option<(RunState, Option<ReasonCode>)>) -> Attention {
    let (state, code) = run.unwrap_or((RunState::Running, None));
    let (reason, waiting_on) = match state {
        RunState::NeedsPerson => (
            Reason::CompletionNeedsPerson,
            code.map_or(WaitingOn::Firm, |code| code.party().into()),
        ),
        RunState::Waiting => (Reason::ProcoreAway, WaitingOn::Procore),
        RunState::Running | RunState::Done | RunState::Abandoned => {
            (Reason::Completing, WaitingOn::Nobody)
        }
    };
    Attention {
        reason,
        code,
        waiting_on,
    }
}

#[cfg(test)]
#[path = "attention_tests.rs"]
mod tests;
