//! One task handed over to a colleague: how far it is, and when nothing is left to do about it.

use chrono::{DateTime, TimeDelta, Utc};

use super::aggregate::Onboarding;
use super::check_purpose::CheckPurpose;
use super::stage::Stage;
use crate::identity::Task;

/// How long a link works. Longer than a week's absence; short enough for a forwarded mail.
pub(crate) const LIFE: TimeDelta = TimeDelta::days(7);

/// How long a colleague whose checks pass may take to say *Done*, before the person who asked is
/// told.
pub(crate) const QUIET: TimeDelta = TimeDelta::minutes(10);

text_enum! {
    /// What a colleague said at the end.
    pub enum HandOverOutcome {
        Done = "done",
        /// They cannot do it, and said why.
        Cannot = "cannot",
    }
}

impl HandOverOutcome {
    /// Whether it is done, as far as the colleague says.
    pub(crate) fn is_done(self) -> bool {
        self == Self::Done
    }
}

text_enum! {
    /// Why a link stopped working without the colleague's word.
    pub enum End {
        /// A newer link for the same task was sent.
        Replaced = "replaced",
        /// The firm took it back.
        Revoked = "revoked",
        /// Its time was over.
        Expired = "expired",
        /// The setup went on without it: new details, or a later step.
        Overtaken = "overtaken",
        /// The setup was closed or started again.
        Closed = "closed",
    }
}

/// Where a hand-over stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandOverState {
    Sent,
    Opened,
    Finished(HandOverOutcome),
    Ended(End),
}

impl HandOverState {
    /// Whether the colleague can still do something.
    pub fn is_open(self) -> bool {
        match self {
            Self::Sent | Self::Opened => true,
            Self::Finished(_) | Self::Ended(_) => false,
        }
    }
}

/// The moments that decide where a hand-over stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moments {
    pub opened_at: Option<DateTime<Utc>>,
    pub expires_at: DateTime<Utc>,
    pub outcome: Option<HandOverOutcome>,
    pub ended_by: Option<End>,
}

impl Moments {
    /// What somebody said counts before what came later; nobody has to note that time is over.
    pub(crate) fn state(&self, now: DateTime<Utc>) -> HandOverState {
        match (self.outcome, self.ended_by) {
            (Some(outcome), _) => HandOverState::Finished(outcome),
            (None, Some(end)) => HandOverState::Ended(end),
            (None, None) if self.expires_at <= now => HandOverState::Ended(End::Expired),
            (None, None) if self.opened_at.is_some() => HandOverState::Opened,
            (None, None) => HandOverState::Sent,
        }
    }
}

/// Which checks tell whether the task is done. Of a completion that stopped, its own run tells it.
pub fn purpose(task: Task, step: Stage) -> CheckPurpose {
    match (task, step) {
        (Task::FixPermissions, Stage::Permissions) => CheckPurpose::Permissions,
        (Task::EnterCredentials | Task::FixPermissions, _) => CheckPurpose::Verify,
    }
}

/// The tasks that can be asked for from a step, the likelier one first. Before anything was
/// entered there is nothing to fix.
pub fn offered(step: Stage) -> &'static [Task] {
    match step {
        Stage::Review | Stage::Credentials => &[Task::EnterCredentials],
        Stage::Verify => &[Task::EnterCredentials, Task::FixPermissions],
        Stage::Permissions => &[Task::FixPermissions, Task::EnterCredentials],
        Stage::Completing => &[Task::FixPermissions, Task::EnterCredentials],
        Stage::Settings | Stage::Complete | Stage::Done => &[],
    }
}

/// Those of them that have something left to be done.
pub(crate) fn open_tasks(step: Stage, onboarding: &Onboarding) -> Vec<Task> {
    let tasks = offered(step).iter().copied();
    // A completion is handed over once it runs; the other steps while they can be gone back to.
    let begun = step != Stage::Completing || onboarding.stage == Stage::Completing;
    tasks
        .filter(|task| begun && over(*task, step, onboarding).is_none())
        .collect()
}

/// How many points are fixed, and of how many: those that stood open when it was asked, and those
/// that were found since.
pub fn progress(asked: &[String], passed: &[String], failed: &[String]) -> (usize, usize) {
    let found = failed.iter().filter(|check| !asked.contains(check)).count();
    let fixed = asked.iter().filter(|check| passed.contains(check)).count();
    (fixed, asked.len() + found)
}

/// Why a task that was asked for at `step` has nothing left to be done, if so.
pub fn over(task: Task, step: Stage, onboarding: &Onboarding) -> Option<End> {
    if onboarding.archived_at.is_some() {
        return Some(End::Closed);
    }
    let last = match (task, step) {
        (Task::EnterCredentials, Stage::Permissions | Stage::Completing)
        | (Task::FixPermissions, _) => step,
        (Task::EnterCredentials, _) => Stage::Verify,
    };
    (onboarding.stage > last).then_some(End::Overtaken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{FirmId, OnboardingId};

    fn at(stage: Stage) -> Onboarding {
        Onboarding {
            stage,
            ..Onboarding::open(OnboardingId::NIL, FirmId::NIL, DateTime::UNIX_EPOCH)
        }
    }

    #[test]
    fn a_link_lives_until_it_is_used_ended_or_old() {
        let now = DateTime::UNIX_EPOCH;
        let fresh = Moments {
            opened_at: None,
            expires_at: now + LIFE,
            outcome: None,
            ended_by: None,
        };
        let opened = Moments {
            opened_at: Some(now),
            ..fresh
        };
        let revoked = Moments {
            ended_by: Some(End::Revoked),
            ..opened
        };
        let done = Moments {
            outcome: Some(HandOverOutcome::Done),
            ..opened
        };
        for (moments, later, state) in [
            (fresh, TimeDelta::zero(), HandOverState::Sent),
            (opened, TimeDelta::days(6), HandOverState::Opened),
            (opened, LIFE, HandOverState::Ended(End::Expired)),
            (revoked, LIFE, HandOverState::Ended(End::Revoked)),
            (done, LIFE, HandOverState::Finished(HandOverOutcome::Done)),
        ] {
            assert_eq!(moments.state(now + later), state, "{moments:?}");
            assert_eq!(
                state.is_open(),
                matches!(state, HandOverState::Sent | HandOverState::Opened)
            );
        }
    }

    #[test]
    fn a_task_is_over_once_the_setup_is_past_it() {
        use Task::{EnterCredentials, FixPermissions};
        for (task, step, last) in [
            (EnterCredentials, Stage::Review, Stage::Verify),
            (EnterCredentials, Stage::Credentials, Stage::Verify),
            (EnterCredentials, Stage::Verify, Stage::Verify),
            (EnterCredentials, Stage::Permissions, Stage::Permissions),
            (EnterCredentials, Stage::Completing, Stage::Completing),
            (FixPermissions, Stage::Completing, Stage::Completing),
            (FixPermissions, Stage::Verify, Stage::Verify),
            (FixPermissions, Stage::Permissions, Stage::Permissions),
        ] {
            assert!(offered(step).contains(&task), "{task:?} from {step:?}");
            for stage in Stage::ALL {
                let expected = (stage > last).then_some(End::Overtaken);
                assert_eq!(over(task, step, &at(stage)), expected, "{task:?} {stage:?}");
            }
            let closed = Onboarding {
                archived_at: Some(DateTime::UNIX_EPOCH),
                ..at(step)
            };
            assert_eq!(over(task, step, &closed), Some(End::Closed));
        }
    }

    #[test]
    fn what_is_found_later_counts_as_well() {
        let keys =
            |text: &str| -> Vec<String> { text.split_whitespace().map(str::to_owned).collect() };
        for (asked, passed, failed, expected) in [
            ("", "", "", (0, 0)),
            ("webhooks users", "", "webhooks users", (0, 2)),
            ("webhooks users", "reach users", "webhooks", (1, 2)),
            ("webhooks users", "reach users", "webhooks vendors", (1, 3)),
            // Behind another failure a check is not tested, and so not fixed.
            ("webhooks users", "reach", "connected", (0, 3)),
            ("webhooks users", "webhooks users", "", (2, 2)),
        ] {
            let counted = progress(&keys(asked), &keys(passed), &keys(failed));
            assert_eq!(counted, expected, "{asked} / {passed} / {failed}");
        }
    }

    #[test]
    fn the_checks_of_a_task_are_those_of_its_step() {
        for (task, step, checks) in [
            (Task::EnterCredentials, Stage::Review, CheckPurpose::Verify),
            (
                Task::EnterCredentials,
                Stage::Permissions,
                CheckPurpose::Verify,
            ),
            (Task::FixPermissions, Stage::Verify, CheckPurpose::Verify),
            (
                Task::FixPermissions,
                Stage::Permissions,
                CheckPurpose::Permissions,
            ),
        ] {
            assert_eq!(purpose(task, step), checks, "{task:?} {step:?}");
        }
    }
}
