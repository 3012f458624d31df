//! Tables for the rules about standing still. Day 0 is a Monday.

use super::*;

const STALL_AFTER: TimeDelta = TimeDelta::days(3);

fn day(days: i64) -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse::<DateTime<Utc>>().unwrap() + TimeDelta::days(days)
}

/// A firm that moved on day 0 and not since.
fn idle(reason: Reason) -> Idle {
    Idle {
        reason,
        waiting_on: WaitingOn::Firm,
        since: day(0),
        progress_at: day(0),
        handed_over_at: None,
        snoozed_until: None,
        reminded_at: None,
        reminders_stopped: false,
        escalated: false,
    }
}

#[test]
fn it_stalls_at_once_when_something_needs_a_person_and_after_a_while_otherwise() {
    for (reason, stalled) in [
        (Reason::NeverStarted, Some(day(3))),
        (Reason::InProgress, Some(day(3))),
        (Reason::HandedOver, Some(day(3))),
        (Reason::ProcoreAway, Some(day(3))),
        (Reason::CheckFailed, Some(day(0))),
        (Reason::CompletionNeedsPerson, Some(day(0))),
        (Reason::Completing, None),
        (Reason::Connected, None),
        (Reason::Closing, None),
        (Reason::Closed, None),
    ] {
        assert_eq!(
            stalled_at(&idle(reason), STALL_AFTER),
            stalled,
            "{reason:?}"
        );
    }
    let refused = Idle {
        waiting_on: WaitingOn::Us,
        ..idle(Reason::Closing)
    };
    assert_eq!(stalled_at(&refused, STALL_AFTER), Some(day(0)));
}

#[test]
fn a_reminder_goes_after_a_while_at_most_weekly_and_only_where_the_firm_can_do_something() {
    let base = || idle(Reason::InProgress);
    let failed = || idle(Reason::CheckFailed);
    let table = [
        (base(), Some(day(3))),
        (idle(Reason::NeverStarted), Some(day(3))),
        (failed(), Some(day(3))),
        (idle(Reason::CompletionNeedsPerson), Some(day(3))),
        (idle(Reason::ProcoreAway), None),
        (idle(Reason::Completing), None),
        (idle(Reason::Connected), None),
        (idle(Reason::Closing), None),
        (idle(Reason::Closed), None),
        (
            Idle {
                waiting_on: WaitingOn::ProcoreAdmin,
                ..failed()
            },
            Some(day(3)),
        ),
        (
            Idle {
                waiting_on: WaitingOn::Us,
                ..failed()
            },
            None,
        ),
        (
            Idle {
                since: day(2), // the outage ended, and the check failed
                ..failed()
            },
            Some(day(5)),
        ),
        (
            Idle {
                reminded_at: Some(day(3)),
                ..base()
            },
            Some(day(10)),
        ),
        (
            Idle {
                reminded_at: Some(day(-5)), // before the last progress
                ..base()
            },
            Some(day(3)),
        ),
        (
            Idle {
                reminded_at: Some(day(-1)),
                ..base()
            },
            Some(day(6)),
        ),
        (
            Idle {
                handed_over_at: Some(day(2)),
                ..idle(Reason::HandedOver)
            },
            Some(day(5)),
        ),
        (
            Idle {
                snoozed_until: Some(day(20)),
                ..base()
            },
            Some(day(20)),
        ),
        (
            Idle {
                reminders_stopped: true,
                ..base()
            },
            None,
        ),
        (
            Idle {
                escalated: true, // it is our turn, and the firm may still move by itself
                ..base()
            },
            Some(day(3)),
        ),
    ];
    for (idle, expected) in table {
        assert_eq!(reminder_at(&idle, STALL_AFTER), expected, "{idle:?}");
    }
}

#[test]
fn after_seven_days_it_is_supports_turn_once() {
    for reason in Reason::ALL {
        let expected = match reason {
            Reason::NeverStarted
            | Reason::InProgress
            | Reason::HandedOver
            | Reason::CheckFailed
            | Reason::ProcoreAway
            | Reason::CompletionNeedsPerson => Some(day(7)),
            Reason::Completing | Reason::Connected | Reason::Closing | Reason::Closed => None,
        };
        assert_eq!(escalation_at(&idle(reason)), expected, "{reason:?}");
    }
    let base = || idle(Reason::InProgress);
    for (idle, expected) in [
        (
            Idle {
                escalated: true,
                ..base()
            },
            None,
        ),
        (
            Idle {
                snoozed_until: Some(day(9)),
                ..base()
            },
            Some(day(9)),
        ),
        (
            Idle {
                snoozed_until: Some(day(2)),
                ..base()
            },
            Some(day(7)),
        ),
        (
            Idle {
                handed_over_at: Some(day(4)),
                ..base()
            },
            Some(day(11)),
        ),
        (
            Idle {
                reminders_stopped: true,
                ..base()
            },
            Some(day(7)),
        ),
    ] {
        assert_eq!(escalation_at(&idle), expected, "{idle:?}");
    }
}

#[test]
fn each_look_says_when_to_look_again() {
    let base = || idle(Reason::InProgress);
    let quiet = |again_at| Watch {
        stalled: false,
        remind: false,
        escalate: None,
        again_at,
    };
    let stalled = |again_at| Watch {
        stalled: true,
        ..quiet(again_at)
    };
    let reminded = |at| Idle {
        reminded_at: Some(at),
        ..base()
    };
    let down = Some(Hold::ProcoreDown);
    let table = [
        (base(), None, day(0), quiet(Some(day(3)))),
        (
            base(),
            None,
            day(3),
            Watch {
                remind: true,
                ..stalled(Some(day(7)))
            },
        ),
        (
            reminded(day(3)),
            None,
            day(7),
            Watch {
                escalate: Some(day(8)),
                ..stalled(Some(day(10)))
            },
        ),
        (
            Idle {
                escalated: true,
                ..reminded(day(10))
            },
            None,
            day(12),
            stalled(Some(day(17))),
        ),
        (base(), down, day(0), quiet(Some(day(3)))),
        (
            base(),
            down,
            day(3),
            stalled(Some(day(3) + TimeDelta::hours(1))),
        ),
        (
            base(),
            Some(Hold::NobodyToWriteTo),
            day(3),
            stalled(Some(day(4))),
        ),
        (
            Idle {
                reminders_stopped: true,
                escalated: true,
                ..base()
            },
            None,
            day(9),
            stalled(None),
        ),
        (idle(Reason::Connected), None, day(30), quiet(None)),
        (idle(Reason::Closed), None, day(30), quiet(None)),
    ];
    for (idle, hold, now, expected) in table {
        let seen = look(&idle, hold, STALL_AFTER, now);
        assert_eq!(seen, expected, "{idle:?} at {now}");
    }
}

#[test]
fn support_has_until_the_next_working_day() {
    for (today, due) in [(0, 1), (3, 4), (4, 7), (5, 7), (6, 7), (7, 8)] {
        assert_eq!(next_working_day(day(today)), day(due), "day {today}");
    }
}
