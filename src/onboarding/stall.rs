//! When an onboarding counts as stalled, when its firm is reminded of it, and when it becomes
//! support's turn.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};

use super::attention::{Reason, WaitingOn};

/// A firm is reminded at most this often.
pub const REMIND_EVERY: TimeDelta = TimeDelta::days(7);
/// Without progress for this long, it is support's turn.
pub const ESCALATE_AFTER: TimeDelta = TimeDelta::days(7);

/// What is known about an onboarding that may stand still.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idle {
    pub reason: Reason,
    /// Whom it waits for by its evidence, whatever support made of it.
    pub waiting_on: WaitingOn,
    /// Since when the reason holds.
    pub since: DateTime<Utc>,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    /// When a colleague was last asked to do something that is still open.
    pub handed_over_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    pub reminded_at: Option<DateTime<Utc>>,
    /// Somebody at the firm wants no reminders.
    pub reminders_stopped: bool,
    /// It was made support's turn since the last progress.
    pub escalated: bool,
}

/// Why no reminder can go now although one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hold {
    ProcoreDown,
    /// The firm has nobody with an account.
    NobodyToWriteTo,
}

impl Hold {
    /// When it is worth looking again.
    fn pause(self) -> TimeDelta {
        match self {
            Self::ProcoreDown => TimeDelta::hours(1),
            Self::NobodyToWriteTo => TimeDelta::days(1),
        }
    }
}

/// What is to be done about an onboarding now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Watch {
    pub stalled: bool,
    pub remind: bool,
    /// By when support is to have seen to it, if it becomes their turn now.
    pub escalate: Option<DateTime<Utc>>,
    /// When to look again, if nothing happens meanwhile.
    pub again_at: Option<DateTime<Utc>>,
}

/// Decides everything about one onboarding at `now`.
pub fn look(idle: &Idle, hold: Option<Hold>, stall_after: TimeDelta, now: DateTime<Utc>) -> Watch {
    let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
    let reminder_due = is_due(reminder_at(idle, stall_after));
    let remind = reminder_due && hold.is_none();
    let escalate = is_due(escalation_at(idle));
    let after = Idle {
        reminded_at: if remind { Some(now) } else { idle.reminded_at },
        escalated: idle.escalated || escalate,
        ..idle.clone()
    };
    let held_back = hold.filter(|_| reminder_due).map(|hold| now + hold.pause());
    let ahead = [
        stalled_at(&after, stall_after),
        reminder_at(&after, stall_after),
        escalation_at(&after),
        held_back,
    ];
    Watch {
        stalled: is_due(stalled_at(idle, stall_after)),
        remind,
        escalate: escalate.then(|| next_working_day(now)),
        again_at: ahead.into_iter().flatten().filter(|at| *at > now).min(),
    }
}

/// From when on it counts as stalled: at once when something needs a person, after a while
/// without progress otherwise; `None` while it moves or is over.
pub fn stalled_at(idle: &Idle, stall_after: TimeDelta) -> Option<DateTime<Utc>> {
    match idle.reason {
        Reason::CheckFailed | Reason::CompletionNeedsPerson => Some(idle.since),
        Reason::Closing => (idle.waiting_on == WaitingOn::Us).then_some(idle.since),
        Reason::NeverStarted | Reason::InProgress | Reason::HandedOver | Reason::ProcoreAway => {
            Some(moved_at(idle) + stall_after)
        }
        Reason::Completing | Reason::Connected | Reason::Closed => None,
    }
}

/// When the firm is reminded next: once nothing has happened for a while, at most weekly, never
/// while support put the case off. `None` where the firm can do nothing, or wants no reminders.
pub fn reminder_at(idle: &Idle, stall_after: TimeDelta) -> Option<DateTime<Utc>> {
    match idle.reason {
        Reason::NeverStarted
        | Reason::InProgress
        | Reason::HandedOver
        | Reason::CheckFailed
        | Reason::CompletionNeedsPerson => {}
        Reason::ProcoreAway
        | Reason::Completing
        | Reason::Connected
        | Reason::Closing
        | Reason::Closed => return None,
    }
    if idle.reminders_stopped || idle.waiting_on == WaitingOn::Us {
        return None;
    }
    // A reason that has just come up is something that happened.
    let first = moved_at(idle).max(idle.since) + stall_after;
    let weekly = idle.reminded_at.map(|at| at + REMIND_EVERY);
    weekly
        .into_iter()
        .chain(idle.snoozed_until)
        .chain([first])
        .max()
}

/// When it becomes support's turn; `None` once it is, or where there is nothing to wait for.
pub fn escalation_at(idle: &Idle) -> Option<DateTime<Utc>> {
    match idle.reason {
        Reason::NeverStarted
        | Reason::InProgress
        | Reason::HandedOver
        | Reason::CheckFailed
        | Reason::ProcoreAway
        | Reason::CompletionNeedsPerson => {}
        Reason::Completing | Reason::Connected | Reason::Closing | Reason::Closed => return None,
    }
    if idle.escalated {
        return None;
    }
    let due = moved_at(idle) + ESCALATE_AFTER;
    Some(idle.snoozed_until.map_or(due, |until| until.max(due)))
}

/// The same time of the next working day, Monday to Friday.
pub fn next_working_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let days = match now.weekday() {
        Weekday::Fri => 3,
        Weekday::Sat => 2,
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Sun => 1,
    };
    now + TimeDelta::days(days)
}

/// When the firm last did something: moved on, or asked a colleague.
fn moved_at(idle: &Idle) -> DateTime<Utc> {
    idle.handed_over_at
        .map_or(idle.progress_at, |at| at.max(idle.progress_at))
}

#[cfg(test)]
#[path = "stall_tests.rs"]
mod tests;
