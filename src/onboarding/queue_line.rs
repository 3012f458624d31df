//! A line of support's queue, and everything that it concludes: when something is stuck, whose turn
//! it is and until when, how urgent it is, whether a snooze ends, when the firm is reminded, and
//! when to look again. The table `queue_line` keeps what is concluded here.

use chrono::{DateTime, Datelike, TimeDelta, Utc, Weekday};

use super::situation::{Evidence, Kind, Situation, SituationCode, WaitingOn};
use super::stage::Stage;

/// A firm is reminded at most this often.
pub(crate) const REMIND_EVERY: TimeDelta = TimeDelta::days(7);
/// Without progress for this long, it is support's turn.
pub(crate) const ESCALATE_AFTER: TimeDelta = TimeDelta::days(7);
/// How soon the watch looks at a line that moved, so that several steps in a row cost one look.
const SOON: TimeDelta = TimeDelta::seconds(10);

/// How long a setup waited at each stage before the last, by the stage's place: for Procore to answer or to
/// review the firm's app, which nobody on our side or the firm's can shorten.
pub type Waited = [TimeDelta; 7];

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueLine {
    pub stage: Stage,
    /// The furthest stage that was ever reached.
    pub furthest: Stage,
    pub situation: Situation,
    /// Every situation it was ever in, in the order in which they first came.
    pub met: Vec<SituationCode>,
    /// Waits that are over.
    pub waited: Waited,
    /// Since when nothing moved.
    pub progress_at: DateTime<Utc>,
    /// When Procore was first connected.
    pub completed_at: Option<DateTime<Utc>>,
    pub snoozed_until: Option<DateTime<Utc>>,
    /// By when support is to have seen to it.
    pub due_at: Option<DateTime<Utc>>,
    /// Since when it counts as stalled; cleared by progress.
    pub stalled_at: Option<DateTime<Utc>>,
    /// When it became support's turn; cleared by progress.
    pub escalated_at: Option<DateTime<Utc>>,
    /// Reminders go at most weekly in any case, so this stays.
    pub reminded_at: Option<DateTime<Utc>>,
    /// When somebody last wrote to the firm; a reminder counts.
    pub contacted_at: Option<DateTime<Utc>>,
    /// Since when somebody at the firm wants no reminders.
    pub reminders_stopped_at: Option<DateTime<Utc>>,
    /// When the watch looks at it; never, as things stand, where it is `None`.
    pub watch_at: Option<DateTime<Utc>>,
}

/// The order of the queue; schema, and the filters of the queue know the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Urgency {
    /// Has a due time.
    Due = 0,
    NeedsPerson = 1,
    /// Moves, or idles.
    Open = 2,
    /// Snoozed.
    Asleep = 3,
    Over = 4,
}

/// What the line says once the rows of its onboarding are `evidence`.
///
/// What was put off was put off for the situation of that time. What the watch concluded from
/// idleness holds until there is progress: an onboarding that was escalated waits for us.
pub fn next(line: Option<&QueueLine>, evidence: &Evidence, now: DateTime<Utc>) -> QueueLine {
    let situation = evidence.situation(now);
    let fresh = QueueLine {
        stage: evidence.stage,
        furthest: evidence.stage,
        situation,
        met: vec![situation.code],
        waited: Waited::default(),
        progress_at: evidence.progress_at,
        completed_at: (situation.code == SituationCode::Connected).then_some(now),
        snoozed_until: None,
        due_at: None,
        stalled_at: None,
        escalated_at: None,
        reminded_at: None,
        contacted_at: None,
        reminders_stopped_at: None,
        watch_at: Some(match situation.code.kind() {
            Kind::Stopped | Kind::Closing | Kind::Incident => now,
            Kind::Walking | Kind::Approval | Kind::Waiting | Kind::Running | Kind::Over => {
                now + SOON
            }
        }),
    };
    match line {
        Some(old) => fresh.carry_over(old, now),
        None => fresh,
    }
}

impl QueueLine {
    /// Keeps what still holds of the line before.
    fn carry_over(self, old: &Self, now: DateTime<Utc>) -> Self {
        let has_moved = self.progress_at != old.progress_at;
        let (before, after) = (old.situation, self.situation);
        let is_same = (before.code, before.reason) == (after.code, after.reason);
        let was_over = before.code.kind() == Kind::Over;
        let escalated_at = old.escalated_at.filter(|_| !has_moved && !was_over);
        let is_ours = escalated_at.is_some()
            && match after.code.kind() {
                Kind::Walking
                | Kind::Stopped
                | Kind::Approval
                | Kind::Waiting
                | Kind::Running
                | Kind::Incident => true,
                Kind::Closing | Kind::Over => false,
            };
        let ended_escalation = old.escalated_at.is_some() && has_moved;
        let is_unchanged = is_same && !has_moved && self.stage == old.stage;
        let mut waited = old.waited;
        if !is_same
            && before.code.is_wait()
            && let Some(sum) = waited.get_mut(old.stage as usize)
        {
            *sum += (now - before.since).max(TimeDelta::zero());
        }
        let mut met = old.met.clone();
        if !met.contains(&after.code) {
            met.push(after.code);
        }
        Self {
            met,
            waited,
            furthest: self.furthest.max(old.furthest),
            situation: Situation {
                party: if is_ours { WaitingOn::Us } else { after.party },
                since: if is_same { before.since } else { after.since },
                ..after
            },
            completed_at: old.completed_at.or(self.completed_at),
            snoozed_until: old.snoozed_until.filter(|until| is_same && *until > now),
            due_at: old.due_at.filter(|_| !ended_escalation),
            stalled_at: old.stalled_at.filter(|_| !has_moved),
            escalated_at,
            reminded_at: old.reminded_at,
            contacted_at: old.contacted_at,
            reminders_stopped_at: old.reminders_stopped_at,
            watch_at: match is_unchanged {
                true => old.watch_at,
                false => old.watch_at.into_iter().chain(self.watch_at).min(),
            },
            ..self
        }
    }

    pub fn is_open(&self) -> bool {
        self.situation.code.kind() != Kind::Over
    }

    /// Whether nothing happens until somebody acts.
    pub fn needs_person(&self) -> bool {
        match self.situation.code.kind() {
            Kind::Stopped => true,
            Kind::Incident if self.situation.code == SituationCode::ConnectionBroken => true,
            Kind::Walking
            | Kind::Approval
            | Kind::Waiting
            | Kind::Running
            | Kind::Incident
            | Kind::Closing => self.situation.party == WaitingOn::Us,
            Kind::Over => false,
        }
    }

    /// Where it stands in the queue, and by which time among those of the same urgency.
    pub fn urgency(&self) -> (Urgency, DateTime<Utc>) {
        match (self.snoozed_until, self.due_at) {
            _ if !self.is_open() => (Urgency::Over, self.situation.since),
            (Some(until), _) => (Urgency::Asleep, until),
            (None, Some(due)) => (Urgency::Due, due),
            (None, None) if self.needs_person() => (Urgency::NeedsPerson, self.progress_at),
            (None, None) => (Urgency::Open, self.progress_at),
        }
    }

    /// Keeps it from coming up until then, or until its situation changes.
    pub fn snooze(&mut self, until: DateTime<Utc>) {
        self.snoozed_until = Some(until);
        // The next look was planned by the date before.
        self.watch_at = Some(self.watch_at.map_or(until, |at| at.min(until)));
    }

    /// Notes that the firm is reminded now.
    pub(crate) fn remind(&mut self, now: DateTime<Utc>) {
        (self.reminded_at, self.contacted_at) = (Some(now), Some(now));
    }

    /// Stops reminders or lets them go on; returns whether that changes anything.
    pub(crate) fn set_reminders(&mut self, on: bool, now: DateTime<Utc>) -> bool {
        let changes = self.reminders_stopped_at.is_none() != on;
        if changes {
            self.reminders_stopped_at = (!on).then_some(now);
            self.watch_at = Some(now);
        }
        changes
    }
}

/// Why no reminder can go now although one is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    ProcoreDown,
    /// The firm has nobody with an account.
    NobodyToWriteTo,
}

impl Obstacle {
    /// When it is worth looking again.
    fn pause(self) -> TimeDelta {
        match self {
            Self::ProcoreDown => TimeDelta::hours(1),
            Self::NobodyToWriteTo => TimeDelta::days(1),
        }
    }
}

/// What a look at a line came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Watched {
    pub line: QueueLine,
    /// It counts as stalled from now on.
    pub stalled: bool,
    /// The firm is reminded now.
    pub remind: bool,
    /// It is support's turn from now on.
    pub escalated: bool,
}

/// What the time that passed makes of a line that is up to date with `evidence`.
pub fn watch(
    line: QueueLine,
    evidence: &Evidence,
    obstacle: Option<Obstacle>,
    stall_after: TimeDelta,
    now: DateTime<Utc>,
) -> Watched {
    let deadlines = Deadlines {
        party: evidence.situation(now).party,
        // The firm moves by its own steps, and by asking a colleague.
        moved_at: line
            .progress_at
            .max(evidence.handed_over_at.unwrap_or(line.progress_at)),
        stall_after,
    };
    let is_due = |at: Option<DateTime<Utc>>| at.is_some_and(|at| at <= now);
    let is_stalled = is_due(deadlines.stall(&line));
    let reminder_is_due = is_due(deadlines.reminder(&line));
    let remind = reminder_is_due && obstacle.is_none();
    let escalated = is_due(deadlines.escalation(&line));
    let stalled = is_stalled && line.stalled_at.is_none();

    let mut after = line;
    after.stalled_at = is_stalled.then(|| after.stalled_at.unwrap_or(now));
    if remind {
        after.remind(now);
    }
    if escalated {
        after.escalated_at = Some(now);
        after.situation.party = WaitingOn::Us;
        // A due time that somebody set stays.
        after.due_at = after.due_at.or(Some(next_working_day(now)));
    }
    let held_back = obstacle.filter(|_| reminder_is_due);
    let ahead = [
        deadlines.stall(&after),
        deadlines.reminder(&after),
        deadlines.escalation(&after),
        held_back.map(|obstacle| now + obstacle.pause()),
        after.snoozed_until,
    ];
    after.watch_at = ahead.into_iter().flatten().filter(|at| *at > now).min();
    Watched {
        line: after,
        stalled,
        remind,
        escalated,
    }
}

/// What the deadlines of a line follow from, beside the line.
struct Deadlines {
    /// Whose turn it is by the evidence, before escalation.
    party: WaitingOn,
    /// When the firm last did something.
    moved_at: DateTime<Utc>,
    stall_after: TimeDelta,
}

impl Deadlines {
    /// From when on it counts as stalled: at once when something needs a person, after a while
    /// without progress otherwise; `None` while it moves or is over.
    fn stall(&self, line: &QueueLine) -> Option<DateTime<Utc>> {
        match line.situation.code.kind() {
            Kind::Stopped => Some(line.situation.since),
            Kind::Closing => (self.party == WaitingOn::Us).then_some(line.situation.since),
            Kind::Walking | Kind::Waiting => Some(self.moved_at + self.stall_after),
            Kind::Approval | Kind::Running | Kind::Incident | Kind::Over => None,
        }
    }

    /// When the firm is reminded next: once nothing has happened for a while (for a week, while Procore
    /// reviews its app), at most weekly, never
    /// while support put the case off. `None` where the firm can do nothing, or wants no reminders.
    fn reminder(&self, line: &QueueLine) -> Option<DateTime<Utc>> {
        match line.situation.code.kind() {
            Kind::Walking | Kind::Stopped | Kind::Approval => {}
            Kind::Waiting | Kind::Running | Kind::Incident | Kind::Closing | Kind::Over => {
                return None;
            }
        }
        if line.reminders_stopped_at.is_some() || self.party == WaitingOn::Us {
            return None;
        }
        // A situation that has just come up is something that happened.
        let pause = match line.situation.code.kind() {
            Kind::Approval => REMIND_EVERY,
            _ => self.stall_after,
        };
        let first = self.moved_at.max(line.situation.since) + pause;
        let weekly = line.reminded_at.map(|at| at + REMIND_EVERY);
        let put_off = line.snoozed_until;
        weekly.into_iter().chain(put_off).chain([first]).max()
    }

    /// When it becomes support's turn; `None` once it is, or where there is nothing to wait for.
    fn escalation(&self, line: &QueueLine) -> Option<DateTime<Utc>> {
        let since = match line.situation.code.kind() {
            Kind::Walking | Kind::Stopped | Kind::Waiting => self.moved_at,
            // The setup moved long before.
            Kind::Incident => line.situation.since.max(self.moved_at),
            Kind::Approval | Kind::Running | Kind::Closing | Kind::Over => return None,
        };
        if line.escalated_at.is_some() {
            return None;
        }
        let due = since + ESCALATE_AFTER;
        Some(line.snoozed_until.map_or(due, |until| until.max(due)))
    }
}

/// The same time of the next working day, Monday to Friday.
pub(crate) fn next_working_day(now: DateTime<Utc>) -> DateTime<Utc> {
    let days = match now.weekday() {
        Weekday::Fri => 3,
        Weekday::Sat => 2,
        Weekday::Mon | Weekday::Tue | Weekday::Wed | Weekday::Thu | Weekday::Sun => 1,
    };
    now + TimeDelta::days(days)
}

#[cfg(test)]
#[path = "queue_line_tests.rs"]
mod tests;
