//! How far all the reading of a run is, over all its lists.

use chrono::{DateTime, TimeDelta, Utc};

use super::ActionState;

/// One list of the plan, as far as it is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListProgress {
    pub state: ActionState,
    pub read: u64,
    /// How many records there are: as Procore said, or else as the checks had found.
    pub expected: Option<u64>,
    /// Whether Procore said so while the list was read; what the checks found is an estimate.
    pub is_told: bool,
    /// When it began, if its pace counts.
    pub started_at: Option<DateTime<Utc>>,
}

/// All lists together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overall {
    pub read: u64,
    pub total: u64,
    /// Whether the total is an estimate, or not known, of a list that is still to be read.
    pub about: bool,
    /// How long the rest takes at the pace so far, once there is one.
    pub left: Option<TimeDelta>,
}

/// Below this the pace is a guess.
const SETTLED: TimeDelta = TimeDelta::seconds(2);

impl Overall {
    /// `None` where there is nothing to count yet.
    pub(crate) fn of(lists: &[ListProgress], now: DateTime<Utc>) -> Option<Self> {
        let read: u64 = lists.iter().map(|list| list.read).sum();
        let total: u64 = lists.iter().map(ListProgress::total).sum();
        if total == 0 {
            return None;
        }
        let paced = lists.iter().filter(|list| list.started_at.is_some());
        let paced: u64 = paced.map(|list| list.read).sum();
        let began = lists.iter().filter_map(|list| list.started_at).min();
        let elapsed = began.map(|began| now - began).filter(|it| *it >= SETTLED);
        let left = elapsed
            .filter(|_| paced > 0 && read < total)
            .map(|elapsed| {
                let per_record = elapsed.num_milliseconds() as f64 / paced as f64;
                TimeDelta::milliseconds((per_record * (total - read) as f64) as i64)
            });
        Some(Self {
            read,
            total,
            about: lists.iter().any(|list| list.is_open() && !list.is_told),
            left: left.filter(|left| left.num_seconds() > 0),
        })
    }
}

impl ListProgress {
    fn is_open(&self) -> bool {
        self.state.is_open()
    }

    /// What was read of a list that is over; the more of both for one that is not, or that Procore refused.
    fn total(&self) -> u64 {
        match self.is_open() || self.state == ActionState::Partial {
            true => self.expected.unwrap_or_default().max(self.read),
            false => self.read,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(state: ActionState, read: u64, expected: Option<u64>) -> ListProgress {
        ListProgress {
            state,
            read,
            expected,
            is_told: read > 0 && expected.is_some(),
            started_at: (read > 0).then_some(DateTime::UNIX_EPOCH),
        }
    }

    #[test]
    fn one_bar_runs_over_all_lists() {
        use ActionState::{Done, Partial, Pending, Running};
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(20);
        let overall = |lists: &[ListProgress]| Overall::of(lists, now);
        let of = |read, total, about, left| {
            let left = Option::map(left, TimeDelta::seconds);
            Some(Overall {
                read,
                total,
                about,
                left,
            })
        };
        for (lists, expected) in [
            (vec![], None),
            (vec![list(Pending, 0, None)], None),
            (vec![list(Pending, 0, Some(40))], of(0, 40, true, None)),
            (
                vec![list(Running, 10, Some(40))],
                of(10, 40, false, Some(60)),
            ),
            (
                // Ten a second; what was expected of a list that is over no longer counts.
                vec![
                    list(Done, 150, Some(120)),
                    list(Running, 50, Some(100)),
                    list(Pending, 0, Some(50)),
                ],
                of(200, 300, true, Some(10)),
            ),
            (
                vec![list(Running, 200, Some(100)), list(Pending, 0, None)],
                of(200, 200, true, None),
            ),
            (vec![list(Done, 200, None)], of(200, 200, false, None)),
            (
                // What was refused is still to be read.
                vec![list(Done, 15, Some(15)), list(Partial, 0, Some(12))],
                of(15, 27, false, Some(16)),
            ),
        ] {
            assert_eq!(overall(&lists), expected, "{lists:?}");
        }
    }

    #[test]
    fn what_was_read_before_a_stop_says_nothing_of_the_pace() {
        let mut before = list(ActionState::Done, 900, Some(900));
        before.started_at = None;
        let lists = [before, list(ActionState::Running, 10, Some(30))];
        let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(10);
        let left = Overall::of(&lists, now).unwrap().left;
        assert_eq!(left, Some(TimeDelta::seconds(20)));
    }

    #[test]
    fn a_pace_takes_a_moment_to_show() {
        let lists = [list(ActionState::Running, 5, Some(100))];
        let at = |seconds| {
            let now = DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
            Overall::of(&lists, now).unwrap().left
        };
        assert_eq!(at(1), None);
        assert_eq!(at(5), Some(TimeDelta::seconds(95)));
    }
}
