use super::*;
use crate::onboarding::queue_line::next;

fn at(stage: Stage) -> Evidence {
    Evidence {
        access_way: None,
        stage,
        progress_at: DateTime::UNIX_EPOCH,
        closed: false,
        handed_over_at: None,
        approval_pending: false,
        checks: None,
        run: None,
        removal: None,
        connection: None,
        paused: false,
        incident: None,
        webhook_changed: false,
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
fn a_case_is_closed_unless_it_moves() {
    for stage in Stage::ALL {
        let expected = match stage {
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
    let disconnected = Evidence {
        stage: Stage::Done,
        ..closed(Some((RunState::Done, None)))
    };
    assert_eq!(reopen(&disconnected), Err(WhyNot::WasConnected));
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

#[test]
fn a_live_connection_is_acted_on_where_that_makes_sense() {
    let connected = Evidence {
        connection: Some(ConnectionState::Connected),
        ..at(Stage::Done)
    };
    let paused = Evidence {
        paused: true,
        ..connected
    };
    let broken = Evidence {
        incident: Some(ReasonCode::NotInstalled),
        ..connected
    };
    let altered = Evidence {
        incident: Some(ReasonCode::Hook),
        webhook_changed: true,
        ..connected
    };
    let unchanged = Err(WhyNot::WebhookAsWeLeftIt);
    for (evidence, check, sync, fix) in [
        (connected, Ok(()), Ok(()), unchanged),
        (broken, Ok(()), Err(WhyNot::Broken), unchanged),
        (altered, Ok(()), Ok(()), Ok(())),
    ] {
        let allowed = (check_now(&evidence), sync_now(&evidence), repair(&evidence));
        assert_eq!(allowed, (check, sync, fix), "{evidence:?}");
    }
    for (evidence, why) in [
        (paused, WhyNot::Paused),
        (at(Stage::Completing), WhyNot::NotConnected),
    ] {
        let allowed = (check_now(&evidence), sync_now(&evidence), repair(&evidence));
        assert_eq!(allowed, (Err(why), Err(why), Err(why)), "{evidence:?}");
    }
}
