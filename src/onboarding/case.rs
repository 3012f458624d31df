//! What support may do to an onboarding as things stand, and why not.

use chrono::{DateTime, TimeDelta, Utc};

use super::check_purpose::CheckPurpose;
use super::queue_line::QueueLine;
use super::situation::{Checks, Evidence, Kind};
use super::stage::Stage;
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
    NoEarlierStep,
    PlanConfirmed,
    NoConsent,
    NotALead,
    NothingToConfirm,
    RemindersStopped,
    RemindedToday,
    NotTheFirmsTurn,
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
    /// It is closed, and what was created in Procore is removed.
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
        (Stage::Done, _) => Err(WhyNot::Connected),
        (Stage::Completing, Some((RunState::Running, _)) | None) => Err(WhyNot::CarriedOut),
        (
            Stage::Review
            | Stage::Credentials
            | Stage::Verify
            | Stage::Settings
            | Stage::Permissions
            | Stage::Complete
            | Stage::Completing,
            _,
        ) => Ok(Closing::Close),
    }
}

/// Whether a closed case can be opened again.
pub fn reopen(evidence: &Evidence) -> Result<(), WhyNot> {
    match (evidence.closed, evidence.removal) {
        (false, _) => Err(WhyNot::Open),
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
mod tests {
    use super::*;
    use crate::onboarding::queue_line::next;

    fn at(stage: Stage) -> Evidence {
        Evidence {
            stage,
            progress_at: DateTime::UNIX_EPOCH,
            closed: false,
            handed_over_at: None,
            approval_pending: false,
            checks: None,
            run: None,
            removal: None,
            connection: None,
            incident: None,
        }
    }

    #[test]
    fn checks_are_those_of_the_step() {
        use CheckPurpose::{Permissions, Verify};
        for (stage, expected) in [
            (Stage::Review, Err(WhyNot::NothingToCheck)),
            (Stage::Credentials, Err(WhyNot::NothingToCheck)),
            (Stage::Verify, Ok(Verify)),
            (Stage::Settings, Ok(Verify)),
            (Stage::Permissions, Ok(Permissions)),
            (Stage::Complete, Ok(Permissions)),
            (Stage::Completing, Err(WhyNot::CheckedByRetry)),
            (Stage::Done, Err(WhyNot::Connected)),
        ] {
            assert_eq!(check_again(&at(stage)), expected, "{stage:?}");
            let closed = Evidence {
                closed: true,
                ..at(stage)
            };
            for result in [
                check_again(&closed).map(|_| ()),
                retry(&closed),
                write_to_firm(&closed),
                snooze(&closed),
            ] {
                assert_eq!(result, Err(WhyNot::Closed), "{stage:?}");
            }
            assert_eq!(write_to_firm(&at(stage)), Ok(()), "{stage:?}");
            let connected = stage == Stage::Done;
            assert_eq!(snooze(&at(stage)).is_err(), connected, "{stage:?}");
        }
        let running = Evidence {
            checks: Some(Checks::Running),
            ..at(Stage::Verify)
        };
        assert_eq!(check_again(&running), Err(WhyNot::ChecksRunning));
    }

    #[test]
    fn a_firm_is_reminded_once_a_day_while_it_is_its_turn() {
        let now = DateTime::UNIX_EPOCH + TimeDelta::days(9);
        let ago = |hours| Some(now - TimeDelta::hours(hours));
        let stopped = Checks::Stopped(Some(ReasonCode::Credentials));
        let waits = Checks::Stopped(Some(ReasonCode::Unreachable));
        for (stage, checks, closed, reminded_at, stopped_at, expected) in [
            (Stage::Review, None, false, None, None, Ok(())),
            (Stage::Verify, Some(stopped), false, ago(24), None, Ok(())),
            (
                Stage::Verify,
                Some(stopped),
                false,
                ago(23),
                None,
                Err(WhyNot::RemindedToday),
            ),
            (
                Stage::Verify,
                Some(stopped),
                false,
                None,
                ago(1),
                Err(WhyNot::RemindersStopped),
            ),
            (
                Stage::Verify,
                Some(waits),
                false,
                None,
                None,
                Err(WhyNot::NotTheFirmsTurn),
            ),
            (
                Stage::Completing,
                None,
                false,
                None,
                None,
                Err(WhyNot::NotTheFirmsTurn),
            ),
            (Stage::Done, None, false, None, None, Err(WhyNot::Connected)),
            (Stage::Review, None, true, None, None, Err(WhyNot::Closed)),
        ] {
            let evidence = Evidence {
                checks,
                closed,
                ..at(stage)
            };
            let line = QueueLine {
                reminded_at,
                reminders_stopped_at: stopped_at,
                ..next(None, &evidence, now)
            };
            assert_eq!(
                remind(&evidence, &line, now),
                expected,
                "{stage:?} {checks:?}"
            );
        }
    }

    #[test]
    fn only_what_stands_still_can_be_retried() {
        for stage in Stage::ALL {
            let expected = match stage {
                Stage::Completing => WhyNot::Moving,
                Stage::Done => WhyNot::Connected,
                _ => WhyNot::NotCompleting,
            };
            assert_eq!(retry(&at(stage)), Err(expected), "{stage:?}");
        }
        for (run, expected) in [
            ((RunState::NeedsPerson, Some(ReasonCode::Hidden)), Ok(())),
            ((RunState::Waiting, Some(ReasonCode::Unreachable)), Ok(())),
            ((RunState::Waiting, Some(ReasonCode::Rate)), Ok(())),
            ((RunState::Waiting, Some(ReasonCode::Busy)), Ok(())),
            ((RunState::Running, None), Err(WhyNot::Moving)),
        ] {
            let evidence = Evidence {
                run: Some(run),
                ..at(Stage::Completing)
            };
            assert_eq!(retry(&evidence), expected, "{run:?}");
            let closed = Evidence {
                closed: true,
                removal: Some(run),
                ..at(Stage::Completing)
            };
            assert_eq!(retry(&closed), expected, "the removal: {run:?}");
            let asked = matches!(run.1, Some(ReasonCode::Rate | ReasonCode::Busy));
            assert_eq!(is_early(&evidence), asked, "{run:?}");
            assert_eq!(is_early(&closed), asked, "the removal: {run:?}");
        }
    }

    #[test]
    fn a_case_is_closed_unless_it_moves_or_is_done() {
        for stage in Stage::ALL {
            let expected = match stage {
                Stage::Done => Err(WhyNot::Connected),
                Stage::Completing => Err(WhyNot::CarriedOut),
                _ => Ok(Closing::Close),
            };
            assert_eq!(close(&at(stage)), expected, "{stage:?}");
        }
        for (state, expected) in [
            (RunState::Running, Err(WhyNot::CarriedOut)),
            (RunState::Waiting, Ok(Closing::Close)),
            (RunState::NeedsPerson, Ok(Closing::Close)),
        ] {
            let evidence = Evidence {
                run: Some((state, None)),
                ..at(Stage::Completing)
            };
            assert_eq!(close(&evidence), expected, "{state:?}");
        }
    }

    #[test]
    fn what_is_being_removed_comes_first() {
        let closed = |removal| Evidence {
            closed: true,
            removal,
            ..at(Stage::Completing)
        };
        for (removal, closing, reopening) in [
            (None, Err(WhyNot::Closed), Ok(())),
            (
                Some((RunState::Running, None)),
                Err(WhyNot::BeingRemoved),
                Err(WhyNot::BeingRemoved),
            ),
            (
                Some((RunState::Waiting, Some(ReasonCode::Unreachable))),
                Err(WhyNot::BeingRemoved),
                Err(WhyNot::BeingRemoved),
            ),
            (
                Some((RunState::NeedsPerson, Some(ReasonCode::Credentials))),
                Ok(Closing::LeaveBehind),
                Err(WhyNot::BeingRemoved),
            ),
            (Some((RunState::Done, None)), Err(WhyNot::Closed), Ok(())),
        ] {
            let evidence = closed(removal);
            assert_eq!(close(&evidence), closing, "{removal:?}");
            assert_eq!(reopen(&evidence), reopening, "{removal:?}");
            assert_eq!(reopen_step(&evidence), Err(WhyNot::Closed));
            let retrying = match removal {
                Some((RunState::Running, _)) => Err(WhyNot::Moving),
                Some((RunState::Waiting | RunState::NeedsPerson, _)) => Ok(()),
                _ => Err(WhyNot::Closed),
            };
            assert_eq!(retry(&evidence), retrying, "{removal:?}");
        }
        assert_eq!(reopen(&at(Stage::Verify)), Err(WhyNot::Open));
    }

    #[test]
    fn only_steps_before_the_present_one_are_opened_again() {
        for stage in Stage::ALL {
            let steps = reopen_step(&at(stage));
            match stage {
                Stage::Review => assert_eq!(steps, Err(WhyNot::NoEarlierStep)),
                Stage::Completing => assert_eq!(steps, Err(WhyNot::PlanConfirmed)),
                Stage::Done => assert_eq!(steps, Err(WhyNot::Connected)),
                _ => assert_eq!(steps.unwrap().len(), stage.number() - 1, "{stage:?}"),
            }
        }
    }
}
