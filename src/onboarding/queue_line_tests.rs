//! Tables for the rules of a line. Day 0 is a Monday.

use super::*;
use crate::verdict::ReasonCode;

const STALL_AFTER: TimeDelta = TimeDelta::days(3);

fn day(days: i64) -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days)
}

/// A firm that moved on day 0 and not since.
fn line(code: SituationCode) -> QueueLine {
    QueueLine {
        stage: Stage::Verify,
        furthest: Stage::Verify,
        situation: Situation {
            code,
            reason: None,
            party: WaitingOn::Firm,
            since: day(0),
        },
        met: vec![code],
        waited: Waited::default(),
        progress_at: day(0),
        completed_at: None,
        snoozed_until: None,
        due_at: None,
        stalled_at: None,
        escalated_at: None,
        reminded_at: None,
        contacted_at: None,
        reminders_stopped_at: None,
        watch_at: None,
    }
}

fn evidence() -> Evidence {
    Evidence {
        access_way: None,
        stage: Stage::Verify,
        progress_at: day(0),
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

/// The deadlines of a firm that last moved on this day, with this party to move next.
fn deadlines(party: WaitingOn, moved: i64) -> Deadlines {
    Deadlines {
        party,
        moved_at: day(moved),
        stall_after: STALL_AFTER,
    }
}

#[test]
fn it_stalls_at_once_when_something_needs_a_person_and_after_a_while_otherwise() {
    for code in SituationCode::ALL {
        let expected = match code.kind() {
            Kind::Walking | Kind::Waiting => Some(day(3)),
            Kind::Stopped => Some(day(0)),
            Kind::Approval | Kind::Running | Kind::Incident | Kind::Closing | Kind::Over => None,
        };
        let stalls = deadlines(WaitingOn::Firm, 0).stall(&line(code));
        assert_eq!(stalls, expected, "{code:?}");
    }
    let refused = deadlines(WaitingOn::Us, 0).stall(&line(SituationCode::Closing));
    assert_eq!(refused, Some(day(0)));
}

#[test]
fn a_reminder_goes_after_a_while_at_most_weekly_and_only_where_the_firm_can_do_something() {
    for code in SituationCode::ALL {
        let expected = match code.kind() {
            Kind::Walking | Kind::Stopped => Some(day(3)),
            Kind::Approval => Some(day(7)),
            Kind::Waiting | Kind::Running | Kind::Incident | Kind::Closing | Kind::Over => None,
        };
        let reminder = deadlines(WaitingOn::Firm, 0).reminder(&line(code));
        assert_eq!(reminder, expected, "{code:?}");
        assert_eq!(deadlines(WaitingOn::Us, 0).reminder(&line(code)), None);
    }
    let base = || line(SituationCode::InProgress);
    let reminded = |at| QueueLine {
        reminded_at: Some(day(at)),
        ..base()
    };
    let since_an_outage_ended = QueueLine {
        situation: Situation {
            since: day(2),
            ..line(SituationCode::KeyRejected).situation
        },
        ..base()
    };
    let snoozed = QueueLine {
        snoozed_until: Some(day(20)),
        ..base()
    };
    let stopped = QueueLine {
        reminders_stopped_at: Some(day(1)),
        ..base()
    };
    let escalated = QueueLine {
        escalated_at: Some(day(1)), // it is our turn, and the firm may still move by itself
        ..base()
    };
    for (line, moved, expected) in [
        (since_an_outage_ended, 0, Some(day(5))),
        (reminded(3), 0, Some(day(10))),
        (reminded(-5), 0, Some(day(3))), // before the last progress
        (reminded(-1), 0, Some(day(6))),
        (line(SituationCode::WaitingForAdmin), 2, Some(day(5))),
        (snoozed, 0, Some(day(20))),
        (stopped, 0, None),
        (escalated, 0, Some(day(3))),
    ] {
        let reminder = deadlines(WaitingOn::Firm, moved).reminder(&line);
        assert_eq!(reminder, expected, "{line:?}");
    }
}

#[test]
fn after_seven_days_it_is_supports_turn_once() {
    for code in SituationCode::ALL {
        let expected = match code.kind() {
            Kind::Walking | Kind::Stopped | Kind::Waiting | Kind::Incident => Some(day(7)),
            Kind::Approval | Kind::Running | Kind::Closing | Kind::Over => None,
        };
        let escalation = deadlines(WaitingOn::Firm, 0).escalation(&line(code));
        assert_eq!(escalation, expected, "{code:?}");
    }
    let base = || line(SituationCode::InProgress);
    let escalated = QueueLine {
        escalated_at: Some(day(7)),
        ..base()
    };
    let snoozed = |until| QueueLine {
        snoozed_until: Some(day(until)),
        ..base()
    };
    for (line, moved, expected) in [
        (escalated, 0, None),
        (snoozed(9), 0, Some(day(9))),
        (snoozed(2), 0, Some(day(7))),
        (base(), 4, Some(day(11))),
    ] {
        let escalation = deadlines(WaitingOn::Firm, moved).escalation(&line);
        assert_eq!(escalation, expected, "{line:?}");
    }
}

#[test]
fn each_look_says_when_to_look_again() {
    let base = || line(SituationCode::InProgress);
    let reminded = |at| QueueLine {
        reminded_at: Some(day(at)),
        ..base()
    };
    let escalated = |line| QueueLine {
        escalated_at: Some(day(7)),
        ..line
    };
    let stopped = |line| QueueLine {
        reminders_stopped_at: Some(day(1)),
        ..line
    };
    let snoozed = QueueLine {
        snoozed_until: Some(day(2)),
        ..line(SituationCode::Completing)
    };
    let hour = TimeDelta::hours(1);
    let down = Some(Obstacle::ProcoreDown);
    let nobody = Some(Obstacle::NobodyToWriteTo);
    let (still, stalls) = ((false, false, false), (true, false, false));
    for (line, obstacle, now, (stalled, remind, escalates), again) in [
        (base(), None, day(0), still, Some(day(3))),
        (base(), None, day(3), (true, true, false), Some(day(7))),
        (
            reminded(3),
            None,
            day(7),
            (true, false, true),
            Some(day(10)),
        ),
        (
            escalated(reminded(10)),
            None,
            day(12),
            stalls,
            Some(day(17)),
        ),
        (base(), down, day(0), still, Some(day(3))),
        (base(), down, day(3), stalls, Some(day(3) + hour)),
        (base(), nobody, day(3), stalls, Some(day(4))),
        (escalated(stopped(base())), None, day(9), stalls, None),
        (snoozed, None, day(0), still, Some(day(2))),
        (line(SituationCode::Connected), None, day(30), still, None),
        (line(SituationCode::Closed), None, day(30), still, None),
    ] {
        let about = format!("{line:?} at {now}");
        let watched = watch(line, &evidence(), obstacle, STALL_AFTER, now);
        let found = (watched.stalled, watched.remind, watched.escalated);
        assert_eq!(found, (stalled, remind, escalates), "{about}");
        assert_eq!(watched.line.watch_at, again, "{about}");
    }
}

#[test]
fn what_the_watch_concludes_holds_until_there_is_progress() {
    let now = day(7);
    let first = next(None, &evidence(), day(0));
    let watched = watch(first, &evidence(), None, STALL_AFTER, now);
    assert!(watched.stalled && watched.remind && watched.escalated);
    let escalated = watched.line;
    assert_eq!(escalated.situation.party, WaitingOn::Us);
    assert_eq!(escalated.due_at, Some(day(8)));
    assert_eq!(escalated.contacted_at, Some(now));
    assert_eq!(next(Some(&escalated), &evidence(), day(8)), escalated);

    let moved = Evidence {
        progress_at: day(8),
        stage: Stage::Settings,
        ..evidence()
    };
    let after = next(Some(&escalated), &moved, day(8));
    assert_eq!(after.situation.party, WaitingOn::Firm);
    assert_eq!(
        (after.due_at, after.escalated_at, after.stalled_at),
        (None, None, None)
    );
    assert_eq!(after.reminded_at, Some(now), "a reminder is remembered");
    assert_eq!(after.watch_at, Some(day(8) + SOON));
    assert_eq!(after.furthest, Stage::Settings);

    // A due time that somebody set is not the watch's to take.
    let due = QueueLine {
        due_at: Some(day(20)),
        ..line(SituationCode::InProgress)
    };
    assert_eq!(next(Some(&due), &moved, day(8)).due_at, Some(day(20)));
    let kept = watch(due, &evidence(), None, STALL_AFTER, now).line.due_at;
    assert_eq!(kept, Some(day(20)));
}

#[test]
fn a_snooze_ends_with_its_time_and_with_the_situation() {
    let mut line = next(None, &evidence(), day(0));
    line.watch_at = Some(day(3));
    line.snooze(day(2));
    assert_eq!(
        (line.snoozed_until, line.watch_at),
        (Some(day(2)), Some(day(2)))
    );
    let until = |now| next(Some(&line), &evidence(), now).snoozed_until;
    assert_eq!((until(day(1)), until(day(2))), (Some(day(2)), None));

    let failed = Evidence {
        checks: Some(super::super::situation::Checks::Stopped(Some(
            ReasonCode::Credentials,
        ))),
        ..evidence()
    };
    let after = next(Some(&line), &failed, day(1));
    assert_eq!(after.snoozed_until, None);
    assert_eq!(after.situation.since, day(1));
    assert_eq!(after.watch_at, Some(day(1)), "looked at at once");
}

#[test]
fn the_order_of_urgency_is_due_needed_open_asleep_over() {
    use SituationCode as C;
    let due = |code| QueueLine {
        due_at: Some(day(5)),
        ..line(code)
    };
    let snoozed = |line| QueueLine {
        snoozed_until: Some(day(9)),
        ..line
    };
    let ours = QueueLine {
        situation: Situation {
            party: WaitingOn::Us,
            ..line(C::InProgress).situation
        },
        ..line(C::InProgress)
    };
    for (line, expected) in [
        (due(C::KeyRejected), (Urgency::Due, day(5))),
        (line(C::KeyRejected), (Urgency::NeedsPerson, day(0))),
        (ours, (Urgency::NeedsPerson, day(0))),
        (line(C::InProgress), (Urgency::Open, day(0))),
        (line(C::Completing), (Urgency::Open, day(0))),
        (snoozed(due(C::KeyRejected)), (Urgency::Asleep, day(9))),
        (snoozed(due(C::Connected)), (Urgency::Over, day(0))),
        (line(C::Closed), (Urgency::Over, day(0))),
    ] {
        assert_eq!(line.urgency(), expected, "{line:?}");
        assert_eq!(line.is_open(), expected.0 < Urgency::Over);
    }
}

#[test]
fn support_has_until_the_next_working_day() {
    for (today, due) in [(0, 1), (3, 4), (4, 7), (5, 7), (6, 7), (7, 8)] {
        assert_eq!(next_working_day(day(today)), day(due), "day {today}");
    }
}

#[test]
fn what_breaks_after_the_setup_is_escalated_by_its_own_age_and_each_time_again() {
    let done = Evidence {
        stage: Stage::Done,
        ..evidence()
    };
    let broken = Evidence {
        incident: Some(ReasonCode::NotInstalled),
        ..done
    };
    let connected = next(None, &done, day(0));
    let line = next(Some(&connected), &broken, day(100));
    assert_eq!(line.situation.party, WaitingOn::ProcoreAdmin);
    assert_eq!(line.urgency().0, Urgency::NeedsPerson);
    let stall_after = TimeDelta::days(3);
    let watched = watch(line, &broken, None, stall_after, day(106));
    assert!(
        !watched.escalated && !watched.remind,
        "incidents write to the firm"
    );
    let watched = watch(watched.line, &broken, None, stall_after, day(107));
    assert!(watched.escalated);
    assert_eq!(watched.line.situation.party, WaitingOn::Us);

    let repaired = next(Some(&watched.line), &done, day(108));
    assert!(!repaired.is_open());
    let again = next(Some(&repaired), &broken, day(200));
    assert_eq!(again.situation.party, WaitingOn::ProcoreAdmin);
}

#[test]
fn a_wait_for_procore_is_added_up_where_it_was_and_everything_met_is_kept() {
    use SituationCode::{InProgress, PendingApproval, ProcoreOutage};
    let waiting = |code| QueueLine {
        stage: Stage::Credentials,
        ..line(code)
    };
    for (code, waited) in [
        (PendingApproval, TimeDelta::days(2)),
        (ProcoreOutage, TimeDelta::days(2)),
        (SituationCode::KeyRejected, TimeDelta::zero()),
    ] {
        let after = next(Some(&waiting(code)), &evidence(), day(2));
        assert_eq!(
            after.waited[Stage::Credentials as usize],
            waited,
            "{code:?}"
        );
        assert_eq!(after.waited.iter().sum::<TimeDelta>(), waited, "{code:?}");
        assert_eq!(after.met, [code, InProgress], "{code:?}");
        let again = next(Some(&after), &evidence(), day(3));
        assert_eq!((&again.waited, &again.met), (&after.waited, &after.met));
    }
}
