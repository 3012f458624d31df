//! When a connection is reconciled, and what is read whole then. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use crate::catalog::{Choice, DataSet};
use crate::connection::Settings;
use crate::identity::ConnectionId;
use crate::store::list_readings::ListReading;

const DAY: u128 = 24 * 60 * 60;
/// In how many days all data sets are read whole.
pub(super) const ROUND: usize = 4;
/// What was read whole so recently is not read again by schedule.
pub(super) const RECENTLY: TimeDelta = TimeDelta::days(2);

/// The next time of a connection, after `now`: every connection has a time of day of its own, so that
/// they spread over all hours.
pub(crate) fn next(connection: ConnectionId, now: DateTime<Utc>) -> DateTime<Utc> {
    let second = connection.0.as_u128() % DAY;
    let midnight = now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
    let today = midnight + TimeDelta::seconds(second as i64);
    match today > now {
        true => today,
        false => today + TimeDelta::days(1),
    }
}

/// The choices without data sets that another run is reading.
pub(crate) fn without(settings: &Settings, elsewhere: &[DataSet]) -> Vec<Choice> {
    let choices = settings.in_sync_order();
    choices
        .filter(|it| !elsewhere.contains(&it.data_set))
        .collect()
}

/// Since when all lists of these choices are known to have been read whole. What Procore need not show us does not
/// count.
pub(crate) fn read_since(choices: &[Choice], known: &[ListReading]) -> Option<DateTime<Utc>> {
    let complete = choices.iter().flat_map(|choice| {
        let needed = needed_lists(*choice).into_iter();
        needed.map(|name| reading(known, name).and_then(|it| it.complete_at))
    });
    complete.min().flatten()
}

/// The lists of a choice that Procore has to show us.
fn needed_lists(choice: Choice) -> Vec<&'static str> {
    let entry = choice.data_set.entry();
    let reads = choice.reads().filter(|read| !entry.can_do_without(read));
    reads.map(|read| read.name).collect()
}

fn reading<'a>(known: &'a [ListReading], list: &str) -> Option<&'a ListReading> {
    known.iter().find(|it| it.list == list)
}

/// The data sets to read whole where events up to `lost_until` may be lost: those whose turn it is, and all that
/// were not read since. What was tried since then and did not come whole has a turn like any other.
pub(super) fn whole_since(
    choices: &[Choice],
    known: &[ListReading],
    lost_until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<DataSet> {
    let turns = turns(choices, known, lost_until.max(now - RECENTLY));
    let was_tried = |it: &ListReading| {
        let is_refused = it.failed_at.is_some() && it.tried_at >= Some(lost_until);
        it.complete_at >= Some(lost_until) || is_refused
    };
    let was_tried = |choice: &Choice| {
        let mut lists = needed_lists(*choice).into_iter();
        lists.all(|name| reading(known, name).is_some_and(was_tried))
    };
    let to_read = |choice: &&Choice| turns.contains(&choice.data_set) || !was_tried(choice);
    let to_read = choices.iter().filter(to_read);
    to_read.map(|choice| choice.data_set).collect()
}

/// The data sets to read whole: all where events may be lost. Otherwise those that were tried longest ago, so many
/// that a round takes some days: whatever cannot be read keeps its turn and holds up no other.
pub(crate) fn whole(
    choices: &[Choice],
    known: &[ListReading],
    is_lost: bool,
    now: DateTime<Utc>,
) -> Vec<DataSet> {
    if is_lost {
        return choices.iter().map(|choice| choice.data_set).collect();
    }
    turns(choices, known, now - RECENTLY)
}

/// Of the data sets that were not read whole since `read_by`, those whose turn it is.
fn turns(choices: &[Choice], known: &[ListReading], read_by: DateTime<Utc>) -> Vec<DataSet> {
    let mut stale: Vec<(Option<DateTime<Utc>>, DataSet)> = Vec::new();
    for choice in choices {
        let of = |name: &str| known.iter().find(|it| it.list == name);
        let complete = choice
            .reads()
            .map(|read| of(read.name).and_then(|it| it.complete_at));
        let tried = choice
            .reads()
            .map(|read| of(read.name).and_then(|it| it.tried_at));
        if complete.min().flatten().is_none_or(|at| at < read_by) {
            stale.push((tried.min().flatten(), choice.data_set));
        }
    }
    stale.sort();
    let turns = stale.into_iter().map(|(_, data_set)| data_set);
    turns.take(choices.len().div_ceil(ROUND)).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn every_connection_has_a_time_of_day_of_its_own() {
        let connection = ConnectionId(Uuid::from_u128(DAY + 3_600));
        for (now, expected) in [
            ("2026-03-02T00:59:59Z", "2026-03-02T01:00:00Z"),
            ("2026-03-02T01:00:00Z", "2026-03-03T01:00:00Z"),
            ("2026-03-02T23:00:00Z", "2026-03-03T01:00:00Z"),
        ] {
            assert_eq!(next(connection, at(now)), at(expected), "{now}");
        }
    }

    #[test]
    fn a_quarter_is_read_whole_what_was_tried_longest_ago_first() {
        let now = at("2026-03-10T01:00:00Z");
        let days_ago = |days| now - TimeDelta::days(days);
        let known = |list: &str, tried: i64, complete: Option<i64>| ListReading {
            list: list.to_owned(),
            tried_at: Some(days_ago(tried)),
            complete_at: complete.map(days_ago),
            caught_up_at: None,
            failed_at: None,
            code: None,
        };
        use DataSet::{Departments, Offices, Programs, Trades};
        let choices = [Departments, Offices, Programs, Trades].map(Choice::of);
        let all = [Departments, Offices, Programs, Trades];
        for (lists, expected) in [
            // What was never read, then what is refused, in its turn.
            (vec![], vec![Departments]),
            (
                vec![
                    known("departments", 1, Some(1)),
                    known("offices", 3, None),
                    known("programs", 4, Some(4)),
                    known("trades", 5, Some(5)),
                ],
                vec![Trades],
            ),
            (
                vec![
                    known("departments", 1, Some(1)),
                    known("offices", 3, None),
                    known("programs", 1, Some(1)),
                    known("trades", 1, Some(1)),
                ],
                vec![Offices],
            ),
            (all.map(|set| known(set.key(), 1, Some(1))).to_vec(), vec![]),
        ] {
            assert_eq!(whole(&choices, &lists, false, now), expected);
            assert_eq!(whole(&choices, &lists, true, now), all);
        }
    }

    #[test]
    fn after_events_were_lost_all_is_read_whole_once_and_what_is_refused_in_turn() {
        use DataSet::{Departments, Offices, Programs, Trades};
        let now = at("2026-03-10T01:00:00Z");
        let hours_ago = |hours| now - TimeDelta::hours(hours);
        let known = |set: DataSet, tried: i64, complete: Option<i64>| ListReading {
            list: set.key().to_owned(),
            tried_at: Some(hours_ago(tried)),
            complete_at: complete.map(hours_ago),
            caught_up_at: None,
            failed_at: complete.is_none().then(|| hours_ago(tried)),
            code: None,
        };
        let all = [Departments, Offices, Programs, Trades];
        let choices = all.map(Choice::of);
        let lost_until = hours_ago(10);
        for (what, lists, expected) in [
            ("nothing was read yet", vec![], all.to_vec()),
            (
                "a list was refused a while ago",
                vec![
                    known(Departments, 20, Some(21)),
                    known(Offices, 90, None),
                    known(Programs, 20, Some(21)),
                    known(Trades, 20, Some(21)),
                ],
                all.to_vec(),
            ),
            (
                "the others were read, and it is the only one that is stale",
                vec![
                    known(Departments, 9, Some(9)),
                    known(Offices, 8, None),
                    known(Programs, 9, Some(9)),
                    known(Trades, 9, Some(9)),
                ],
                vec![Offices],
            ),
            (
                "another one has its turn, and one began to be read before",
                vec![
                    known(Departments, 9, Some(9)),
                    known(Offices, 8, None),
                    known(Programs, 70, Some(70)),
                    known(Trades, 9, Some(11)),
                ],
                vec![Programs, Trades],
            ),
        ] {
            let read = whole_since(&choices, &lists, lost_until, now);
            assert_eq!(read, expected, "{what}");
        }
    }

    #[test]
    fn read_since_is_when_the_last_of_all_chosen_lists_was_read() {
        let reading = |set: DataSet, complete: Option<&str>| ListReading {
            list: set.key().to_owned(),
            tried_at: None,
            complete_at: complete.map(at),
            caught_up_at: None,
            failed_at: None,
            code: None,
        };
        let choices = [DataSet::Offices, DataSet::Trades].map(Choice::of);
        let (first, then) = ("2026-03-10T01:00:00Z", "2026-03-11T01:00:00Z");
        let mut known = vec![
            reading(DataSet::Trades, Some(then)),
            reading(DataSet::Departments, None),
        ];
        assert_eq!(read_since(&choices, &known), None, "offices never were");
        known.push(reading(DataSet::Offices, Some(first)));
        assert_eq!(read_since(&choices, &known), Some(at(first)));
    }
}
