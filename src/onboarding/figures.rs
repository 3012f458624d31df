//! Figures over many onboardings: how long each step takes.

use chrono::{DateTime, TimeDelta, Utc};

use super::queue_line::Waited;
use crate::activity::ActivityVerb;

/// The phases of a setup in order; each is entered once the one before is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    Review,
    Credentials,
    Verify,
    Settings,
    Permissions,
    Plan,
    SettingUp,
}

impl Phase {
    pub const ALL: [Self; 7] = [
        Self::Review,
        Self::Credentials,
        Self::Verify,
        Self::Settings,
        Self::Permissions,
        Self::Plan,
        Self::SettingUp,
    ];

    /// The activity with which it is left.
    pub(crate) fn left_by(self) -> ActivityVerb {
        match self {
            Self::Review => ActivityVerb::SetupReviewed,
            Self::Credentials => ActivityVerb::SetupDetailsEntered,
            Self::Verify => ActivityVerb::SetupCompanyConfirmed,
            Self::Settings => ActivityVerb::SetupSettingsSaved,
            Self::Permissions => ActivityVerb::SetupPermissionsConfirmed,
            Self::Plan => ActivityVerb::CompletionStarted,
            Self::SettingUp => ActivityVerb::CompletionDone,
        }
    }
}

/// The stage transitions of one onboarding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    pub started_at: DateTime<Utc>,
    /// When each phase was left for the first time, in the order of [`Phase::ALL`].
    pub left: [Option<DateTime<Utc>>; 7],
    /// How much of each phase it waited for Procore, in the same order.
    pub waited: Waited,
}

impl Walk {
    /// How long a phase took, without waits for Procore; `None` if it was not left yet, or its start is not known.
    pub fn length(&self, phase: Phase) -> Option<TimeDelta> {
        let place = phase as usize;
        let entered = match place {
            0 => Some(self.started_at),
            _ => self.left[place - 1],
        };
        let length = self.left[place]? - entered?;
        let took = (length - self.waited[place]).max(TimeDelta::zero());
        (length >= TimeDelta::zero()).then_some(took)
    }
}

/// The median of each phase, with the number of onboardings that it is taken from.
pub(crate) fn medians(walks: &[Walk]) -> Vec<(Phase, Option<TimeDelta>, usize)> {
    Phase::ALL
        .into_iter()
        .map(|phase| {
            let lengths: Vec<_> = walks.iter().filter_map(|walk| walk.length(phase)).collect();
            let count = lengths.len();
            (phase, median(lengths), count)
        })
        .collect()
}

/// The median; of an even number, the mean of the two in the middle.
pub fn median(mut lengths: Vec<TimeDelta>) -> Option<TimeDelta> {
    lengths.sort_unstable();
    let upper = *lengths.get(lengths.len() / 2)?;
    if lengths.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = lengths[lengths.len() / 2 - 1];
    Some(lower + (upper - lower) / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minutes(minutes: &[i64]) -> Vec<TimeDelta> {
        minutes.iter().copied().map(TimeDelta::minutes).collect()
    }

    fn walk(left: &[i64]) -> Walk {
        let at = |minutes: i64| {
            (minutes >= 0).then(|| DateTime::UNIX_EPOCH + TimeDelta::minutes(minutes))
        };
        let mut walk = Walk {
            started_at: DateTime::UNIX_EPOCH,
            left: [None; 7],
            waited: Waited::default(),
        };
        for (place, minutes) in left.iter().enumerate() {
            walk.left[place] = at(*minutes);
        }
        walk
    }

    #[test]
    fn the_median_is_the_one_in_the_middle() {
        for (lengths, middle) in [
            (vec![], None),
            (vec![7], Some(7)),
            (vec![9, 1], Some(5)),
            (vec![9, 1, 2], Some(2)),
            (vec![100, 1, 3, 2], Some(2)),
        ] {
            let expected = middle.map(TimeDelta::minutes);
            let found = median(minutes(&lengths));
            match lengths.len() {
                4 => assert_eq!(found, Some(TimeDelta::seconds(150)), "{lengths:?}"),
                _ => assert_eq!(found, expected, "{lengths:?}"),
            }
        }
    }

    #[test]
    fn a_phase_lasts_from_leaving_the_one_before_until_it_is_left() {
        let whole = walk(&[5, 15, 20, 30, 60, 61, 75]);
        let lengths: Vec<_> = Phase::ALL.map(|phase| whole.length(phase)).into();
        let expected: Vec<_> = minutes(&[5, 10, 5, 10, 30, 1, 14])
            .into_iter()
            .map(Some)
            .collect();
        assert_eq!(lengths, expected);
        let mut waited = whole.clone();
        waited.waited[1] = TimeDelta::minutes(7);
        waited.waited[2] = TimeDelta::minutes(9);
        assert_eq!(
            waited.length(Phase::Credentials),
            Some(TimeDelta::minutes(3))
        );
        assert_eq!(waited.length(Phase::Verify), Some(TimeDelta::zero()));
        // Not left yet; entered at an unknown time; entered again after it was left.
        assert_eq!(walk(&[5]).length(Phase::Credentials), None);
        assert_eq!(walk(&[-1, 15]).length(Phase::Credentials), None);
        assert_eq!(walk(&[20, 15]).length(Phase::Credentials), None);
    }

    #[test]
    fn medians_are_of_those_who_came_that_far() {
        let walks = [walk(&[10, 20, 50]), walk(&[20, 60]), walk(&[30])];
        let found = medians(&walks);
        assert_eq!(
            found[..4],
            [
                (Phase::Review, Some(TimeDelta::minutes(20)), 3),
                (Phase::Credentials, Some(TimeDelta::minutes(25)), 2),
                (Phase::Verify, Some(TimeDelta::minutes(30)), 1),
                (Phase::Settings, None, 0),
            ]
        );
    }
}
