//! Whether our copy was renewed as planned. Pure.

use chrono::{DateTime, TimeDelta, Utc};

use super::schedule::{RECENTLY, ROUND};
use crate::catalog::{DataSet, Read};
use crate::connection::Settings;
use crate::connection::incident::Incident;
use crate::store::list_readings::ListReading;
use crate::store::waiting_events::Overdue;

/// A reconcile begins every day, and may take some hours.
pub(crate) const DAILY: TimeDelta = TimeDelta::hours(36);
/// Events are applied within minutes.
pub(crate) const EVENTS: TimeDelta = TimeDelta::hours(1);
/// Once nothing keeps us from copying any more, this long is left to catch up.
pub(crate) const TO_CATCH_UP: TimeDelta = TimeDelta::hours(6);

/// What is known of how a copy was renewed.
#[derive(Debug)]
pub(crate) struct Renewal<'a> {
    pub settings: &'a Settings,
    pub known: &'a [ListReading],
    /// When the last reconcile ended; before the first one, when the first reading did.
    pub reconciled_at: Option<DateTime<Utc>>,
    /// When the last thing that kept us from copying was over.
    pub free_since: Option<DateTime<Utc>>,
    /// What is wrong, or was until so lately that a copy may still be catching up.
    pub explained: &'a [Incident],
    /// Events that were due for longer than [`EVENTS`].
    pub overdue: Overdue,
}

/// What of a copy is older than it should be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Late {
    /// Data sets that were not read again; none where only the comparison or events are late.
    pub data_sets: Vec<DataSet>,
    /// Changes that wait to be copied.
    pub events: u64,
    pub since: DateTime<Utc>,
}

impl Renewal<'_> {
    /// What is late at `now`, if anything is.
    pub(crate) fn late(&self, now: DateTime<Utc>) -> Option<Late> {
        if may_catch_up(self.free_since, now) {
            return None;
        }
        let lists = self.late_lists(now);
        let mut data_sets: Vec<DataSet> = lists.iter().map(|(set, _)| *set).collect();
        data_sets.dedup();
        let reconciled = self.reconciled_at.filter(|at| now - *at > DAILY);
        let since = lists.iter().map(|(_, since)| *since);
        let since = since.chain(reconciled).chain(self.overdue.since).min()?;
        Some(Late {
            data_sets,
            events: self.overdue.count,
            since,
        })
    }

    /// The lists that were read before, and then not again in time. What Procore need not show us does
    /// not count, nor does what something else keeps from being read.
    fn late_lists(&self, now: DateTime<Utc>) -> Vec<(DataSet, DateTime<Utc>)> {
        let mut late = Vec::new();
        for choice in self.settings.choices() {
            for read in choice.reads() {
                let known = self.known.iter().find(|it| it.list == read.name);
                let Some(until) = known.and_then(ListReading::known_until) else {
                    continue;
                };
                let set = choice.data_set;
                let mut known_causes = self.explained.iter();
                let is_needed = !set.entry().can_do_without(read)
                    && !known_causes.any(|it| it.explains_late_list(set, read));
                if is_needed && now - until > promised(read) {
                    late.push((choice.data_set, until));
                }
            }
        }
        late
    }
}

/// Whether a copy may still be catching up since nothing kept us from copying any more.
pub(crate) fn may_catch_up(free_since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> bool {
    free_since.is_some_and(|it| now - it <= TO_CATCH_UP)
}

/// How long after one reading of a list the next is done.
fn promised(read: &Read) -> TimeDelta {
    match read.changes {
        Some(_) => DAILY,
        None => TimeDelta::days(ROUND as i64) + RECENTLY + DAILY,
    }
}

/// Calls that a project with all data sets takes each time it is reconciled: its webhook, the triggers and what was
/// given up; what changed; and the lists that are read whole that day.
pub(crate) fn calls_of_project() -> u64 {
    let reads: Vec<&Read> = DataSet::OF_PROJECT
        .into_iter()
        .flat_map(|set| set.entry().reads)
        .collect();
    let changes = reads.iter().filter(|read| read.changes.is_some());
    let calls = 3 + changes.count() + reads.len().div_ceil(ROUND);
    calls as u64
}

/// Since when each list of a project has to be known at `now`. What Procore need not show us does not count.
pub(crate) fn promised_of_projects(now: DateTime<Utc>) -> Vec<(&'static str, DateTime<Utc>)> {
    let entries = DataSet::OF_PROJECT.into_iter().map(DataSet::entry);
    let lists = entries.flat_map(|entry| {
        let needed = entry
            .reads
            .iter()
            .filter(|read| !entry.can_do_without(read));
        needed.map(|read| (read.name, now - promised(read)))
    });
    lists.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Choice, Tool};
    use crate::connection::ProbeSubject;
    use crate::connection::incident::{Finding, compare};
    use crate::identity::IncidentId;
    use crate::verdict::ReasonCode;

    fn at(hour: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::hours(hour)
    }

    fn read_at(list: &str, hour: i64) -> ListReading {
        ListReading {
            list: list.to_owned(),
            tried_at: Some(at(hour)),
            complete_at: Some(at(hour)),
            caught_up_at: None,
            failed_at: None,
            code: None,
        }
    }

    /// What is late 1,000 hours after the beginning, of a copy that differs in `change` from a new one.
    fn late(change: impl FnOnce(&mut Renewal<'_>, &mut Vec<ListReading>)) -> Option<Late> {
        let sets = [DataSet::Departments, DataSet::Trades];
        let settings = Settings::new(sets.map(Choice::of)).unwrap();
        let mut known = vec![read_at("departments", 990), read_at("trades", 990)];
        let none: &[ListReading] = &[];
        let mut renewal = Renewal {
            settings: &settings,
            known: none,
            reconciled_at: Some(at(990)),
            free_since: None,
            explained: &[],
            overdue: Overdue::default(),
        };
        change(&mut renewal, &mut known);
        let known = &known;
        Renewal { known, ..renewal }.late(at(1_000))
    }

    #[test]
    fn a_list_is_late_once_its_turn_has_passed() {
        assert_eq!(late(|_, _| {}), None);
        let trades = |hour| late(|_, known| known[1] = read_at("trades", hour));
        assert_eq!(trades(964), None, "a day, and the hours that it takes");
        let found = trades(963).unwrap();
        assert_eq!(
            (found.data_sets, found.since),
            (vec![DataSet::Trades], at(963))
        );
        let departments = |hour| late(|_, known| known[0] = read_at("departments", hour));
        assert_eq!(departments(900), None, "only read whole, in turn");
        let found = departments(800).unwrap();
        assert_eq!(found.data_sets, [DataSet::Departments]);
        assert_eq!(late(|_, known| known.clear()), None, "never read yet");
    }

    #[test]
    fn only_what_keeps_a_list_from_being_read_explains_that_it_is_late() {
        use ProbeSubject::{Deliveries, Installation, Integrated, Permissions, Projects};
        let tool = DataSet::Trades.entry().main_read().needs.tool;
        let other = match tool {
            Tool::Directory => Tool::Portfolio,
            _ => Tool::Directory,
        };
        for (code, subject, is_over, explains) in [
            (ReasonCode::Level(tool), Permissions, false, true),
            (ReasonCode::Level(tool), Permissions, true, true),
            (ReasonCode::NotInstalled, ProbeSubject::Access, false, true),
            (ReasonCode::Level(tool), Integrated, false, false),
            (ReasonCode::Level(other), Permissions, false, false),
            (ReasonCode::Level(other), Permissions, true, false),
            (ReasonCode::NoProjects, Projects, false, false),
            (ReasonCode::Hidden, Projects, false, false),
            (ReasonCode::Deliveries, Deliveries, false, false),
            (ReasonCode::Unexpected, Deliveries, false, false),
            (ReasonCode::AppUpdate, Installation, false, false),
        ] {
            let found = [(subject, Finding::of(code))].into();
            let new_id = || IncidentId::NIL;
            let mut open = compare(&[], &[subject], found, at(0), new_id).begun;
            if is_over {
                open = compare(&open, &[subject], Vec::new(), at(999), new_id).ended;
            }
            let sets = [DataSet::Departments, DataSet::Trades];
            let settings = Settings::new(sets.map(Choice::of)).unwrap();
            let known = [read_at("departments", 990), read_at("trades", 963)];
            let renewal = Renewal {
                settings: &settings,
                known: &known,
                reconciled_at: Some(at(990)),
                free_since: None,
                explained: &open,
                overdue: Overdue::default(),
            };
            let late = renewal.late(at(1_000)).map(|it| it.data_sets);
            let expected = (!explains).then(|| vec![DataSet::Trades]);
            assert_eq!(late, expected, "{code} of {subject:?}");
        }
    }

    #[test]
    fn a_reconcile_and_events_are_late_as_well() {
        let found = late(|renewal, _| renewal.reconciled_at = Some(at(960))).unwrap();
        assert_eq!((found.data_sets, found.since), (Vec::new(), at(960)));
        let overdue = Overdue {
            count: 3,
            since: Some(at(998)),
        };
        let found = late(|renewal, _| renewal.overdue = overdue).unwrap();
        assert_eq!((found.events, found.since), (3, at(998)));
    }

    #[test]
    fn what_waited_for_procore_or_the_firm_gets_time_to_catch_up() {
        let after = |hour| {
            late(|renewal, _| {
                renewal.reconciled_at = Some(at(500));
                renewal.free_since = Some(at(hour));
            })
        };
        assert_eq!(after(994), None);
        assert!(after(993).is_some());
    }
}
