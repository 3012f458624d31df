//! What support may do to an onboarding as things stand, and why not.

use chrono::{DateTime, TimeDelta, Utc};

use super::check_purpose::CheckPurpose;
use super::queue_line::QueueLine;
use super::situation::{Checks, Evidence, Kind};
use super::stage::Stage;
use crate::connection::ConnectionState;
use crate::ledger::RunState;
use crate::verdict::ReasonCode;

/// Why something cannot be done to a case right now; the words stand beside the button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyNot {
    Closed,
    Connected,
    NothingToCheck,
    ChecksRunning,
    CheckedByRetry,
    NotCompleting,
    Moving,
    NobodyToWriteTo,
    NothingToFix,
    Open,
    CarriedOut,
    BeingRemoved,
    AnotherOpen,
    /// Connecting again begins clean, with a setup of its own.
    WasConnected,
    NoEarlierStep,
    PlanConfirmed,
    NoConsent,
    NotALead,
    NothingToConfirm,
    RemindersStopped,
    RemindedToday,
    NotTheFirmsTurn,
    NotConnected,
    Paused,
    Broken,
    WebhookAsWeLeftIt,
}

impl std::error::Error for WhyNot {}

/// Which checks the step is about, if they can be run again.
pub(crate) fn check_again(evidence: &Evidence) -> Result<CheckPurpose, WhyNot> {
    if evidence.closed {
        return Err(WhyNot::Closed);
    }
    let purpose = match evidence.stage {
        Stage::Review | Stage::Credentials => Err(WhyNot::NothingToCheck),
        Stage::Verify | Stage::Settings => Ok(CheckPurpose::Verify),
        Stage::Permissions | Stage::Complete => Ok(CheckPurpose::Permissions),
        Stage::Completing => Err(WhyNot::CheckedByRetry),
        Stage::Done => Err(WhyNot::Connected),
    }?;
    match evidence.checks {
        Some(Checks::Running) => Err(WhyNot::ChecksRunning),
        Some(Checks::Passed | Checks::Stopped(_)) | None => Ok(purpose),
    }
}

/// Whether a connection can be looked at now.
pub(crate) fn check_now(evidence: &Evidence) -> Result<(), WhyNot> {
    match evidence.connection {
        Some(ConnectionState::Connected) if evidence.paused => Err(WhyNot::Paused),
        Some(ConnectionState::Connected) => Ok(()),
        Some(
            ConnectionState::SettingUp | ConnectionState::Removing | ConnectionState::Disconnected,
        )
        | None => Err(WhyNot::NotConnected),
    }
}

/// Whether what changed in Procore can be read now.
pub(crate) fn sync_now(evidence: &Evidence) -> Result<(), WhyNot> {
    check_now(evidence)?;
    match evidence.incident {
        Some(reason) if reason.stops_everything() => Err(WhyNot::Broken),
        Some(_) | None => Ok(()),
    }
}

/// Whether the webhook can be set up again as it was.
pub(crate) fn repair(evidence: &Evidence) -> Result<(), WhyNot> {
    check_now(evidence)?;
    match evidence.webhook_changed {
        true => Ok(()),
        false => Err(WhyNot::WebhookAsWeLeftIt),
    }
}

/// Whether the completion can be resumed; of a closed setup, the removal of what was created in
/// Procore.
pub fn retry(evidence: &Evidence) -> Result<(), WhyNot> {
    if evidence.closed {
        return match evidence.removal {
            Some((state, _)) if !state.is_over() => resume(state),
            Some(_) | None => Err(WhyNot::Closed),
        };
    }
    match evidence.stage {
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => Err(WhyNot::NotCompleting),
        Stage::Done => Err(WhyNot::Connected),
        Stage::Completing => match evidence.run {
            Some((state, _)) => resume(state),
            None => Err(WhyNot::Moving),
        },
    }
}

fn resume(state: RunState) -> Result<(), WhyNot> {
    match state {
        RunState::NeedsPerson | RunState::Waiting => Ok(()),
        RunState::Running | RunState::Done | RunState::Abandoned => Err(WhyNot::Moving),
    }
}

/// Whether a retry comes before the time that Procore named.
pub(crate) fn is_early(evidence: &Evidence) -> bool {
    let run = if evidence.closed {
        evidence.removal
    } else {
        evidence.run
    };
    matches!(
        run,
        Some((RunState::Waiting, Some(ReasonCode::Rate | ReasonCode::Busy)))
    )
}

/// Whether the firm may be written to about it.
pub(crate) fn write_to_firm(evidence: &Evidence) -> Result<(), WhyNot> {
    if evidence.closed {
        Err(WhyNot::Closed)
    } else {
        Ok(())
    }
}

/// Whether it can be put off.
pub fn snooze(evidence: &Evidence) -> Result<(), WhyNot> {
    match (evidence.closed, evidence.stage) {
        (true, _) => Err(WhyNot::Closed),
        (false, Stage::Done) => Err(WhyNot::Connected),
        (
            false,
            Stage::Review
            | Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete
            | Stage::Completing,
        ) => Ok(()),
    }
}

/// Whether the firm can be reminded of it now: once a day, unless somebody there wants no reminders.
pub fn remind(evidence: &Evidence, line: &QueueLine, now: DateTime<Utc>) -> Result<(), WhyNot> {
    write_to_firm(evidence)?;
    match (evidence.stage, evidence.situation(now).code.kind()) {
        (Stage::Done, _) => return Err(WhyNot::Connected),
        (_, Kind::Walking | Kind::Stopped | Kind::Approval) => {}
        (_, Kind::Waiting | Kind::Running | Kind::Incident | Kind::Closing | Kind::Over) => {
            return Err(WhyNot::NotTheFirmsTurn);
        }
    }
    let reminded_today = line
        .reminded_at
        .is_some_and(|at| now - at < TimeDelta::days(1));
    match line.reminders_stopped_at {
        Some(_) => Err(WhyNot::RemindersStopped),
        None if reminded_today => Err(WhyNot::RemindedToday),
        None => Ok(()),
    }
}

/// What closing a case means as things stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It is closed, and what was created in Procore is removed; one that is done is disconnected.
    Close,
    /// It is closed already; what Procore does not let us remove is left to people.
    LeaveBehind,
}

/// Whether a case can be closed, and what that means.
pub fn close(evidence: &Evidence) -> Result<Closing, WhyNot> {
    if evidence.closed {
        return match evidence.removal {
            Some((RunState::NeedsPerson, _)) => Ok(Closing::LeaveBehind),
            Some((RunState::Running | RunState::Waiting, _)) => Err(WhyNot::BeingRemoved),
            Some((RunState::Done | RunState::Abandoned, _)) | None => Err(WhyNot::Closed),
        };
    }
    match (evidence.stage, evidence.run) {
        (Stage::Completing, Some((RunState::Running, _)) | None) => Err(WhyNot::CarriedOut),
        (
            Stage::Review
            | Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete
            | Stage::Completing
            | Stage::Done,
            _,
        ) => Ok(Closing::Close),
    }
}

/// Whether a closed case can be opened again.
pub fn reopen(evidence: &Evidence) -> Result<(), WhyNot> {
    match (evidence.closed, evidence.removal) {
        (false, _) => Err(WhyNot::Open),
        (true, _) if evidence.stage == Stage::Done => Err(WhyNot::WasConnected),
        (true, Some((state, _))) if !state.is_over() => Err(WhyNot::BeingRemoved),
        (true, Some(_) | None) => Ok(()),
    }
}

/// The steps that can be opened again.
pub(crate) fn reopen_step(evidence: &Evidence) -> Result<Vec<Stage>, WhyNot> {
    if evidence.closed {
        return Err(WhyNot::Closed);
    }
    match evidence.stage {
        Stage::Completing => Err(WhyNot::PlanConfirmed),
        Stage::Done => Err(WhyNot::Connected),
        Stage::Review => Err(WhyNot::NoEarlierStep),
        Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete => Ok(Stage::STEPS
            .into_iter()
            .filter(|step| *step < evidence.stage)
            .collect()),
    }
}

#[cfg(test)]
#[path = "case_tests.rs"]
mod tests;
