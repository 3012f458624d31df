//! Which record an event is about. Pure.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::decision::Deletion;
use crate::catalog::{self, Choice, DataSet, Read, Scope};
use crate::connection::{EventOutcome, Settings};
use crate::procore::{Event, EventType};
use crate::store::records::NewRecord;
use crate::store::waiting_events::{EventKey, WaitingEvent};

/// A record that changed, with the events that say so: one question to Procore serves them all.
#[derive(Debug)]
pub(super) struct Change {
    /// The project whose record it is; 0 for the company's.
    pub project_id: i64,
    pub data_set: DataSet,
    pub read: &'static Read,
    pub procore_id: i64,
    pub deletion: Deletion,
    /// When the last of them came about, where they say which one that is.
    pub told_at: Option<DateTime<Utc>>,
    /// When the last of them reached us.
    pub received_at: DateTime<Utc>,
    /// The most questions that any of them already led to.
    pub tries: i16,
    pub events: Vec<EventKey>,
}

impl Change {
    /// Whether the record says of itself that it is inactive, and such ones are not chosen: what our copy
    /// has of it is kept right, but it is not added.
    pub(super) fn leaves_out(&self, choice: Choice, record: &NewRecord) -> bool {
        let Some(field) = self.read.active_in.filter(|_| !choice.include_inactive) else {
            return false;
        };
        let body: Result<Value, _> = serde_json::from_str(&record.body);
        body.is_ok_and(|body| body[field] == Value::Bool(false))
    }

    /// Where the record is, and its kind.
    pub(super) fn place(&self) -> (i64, &'static str) {
        (self.project_id, self.read.kind)
    }
}

/// Events sorted by what they are about.
#[derive(Debug, Default)]
pub(super) struct Sorted {
    pub changes: Vec<Change>,
    /// Events that lead to no question.
    pub settled: Vec<(EventOutcome, Vec<EventKey>)>,
}

/// What is brought: of the company, and of each project.
#[derive(Debug)]
pub(super) struct Brought {
    pub company: Settings,
    pub projects: BTreeMap<i64, Settings>,
}

impl Brought {
    /// The data set of projects whose records change, too, though only the company announces it.
    pub(super) fn follower(&self, change: &Change) -> Option<DataSet> {
        let main = change.data_set.entry().main_read();
        match change.project_id == 0 && change.read.name == main.name {
            true => self.follower_of(change.data_set),
            false => None,
        }
    }

    fn follower_of(&self, company_set: DataSet) -> Option<DataSet> {
        let mut sets = self.projects.values().flat_map(|it| it.choices());
        let follows = |choice: &&Choice| choice.data_set.entry().follows == Some(company_set);
        sets.find(follows).map(|choice| choice.data_set)
    }

    /// What is brought of a project, or (0) of the company.
    fn settings(&self, project_id: i64) -> Option<&Settings> {
        match project_id {
            0 => Some(&self.company),
            project => self.projects.get(&project),
        }
    }
}

/// When the events of one record came about, each with whether it is a deletion.
#[derive(Debug, Default)]
struct Told(Vec<(Option<DateTime<Utc>>, bool)>);

impl Told {
    fn add(&mut self, deleted: bool, at: Option<DateTime<Utc>>) {
        self.0.push((at, deleted));
    }

    /// Whether the last of them is a deletion, and when that came about. Where they do not tell which one is
    /// the last, it may be the deletion.
    fn last(&self) -> (Deletion, Option<DateTime<Utc>>) {
        let of = |deleted: bool| self.0.iter().filter(move |(_, it)| *it == deleted);
        let last_of = |deleted: bool| of(deleted).map(|(at, _)| *at).max();
        let is_dated = self.0.iter().all(|(at, _)| at.is_some());
        match (last_of(true), last_of(false)) {
            (Some(_), Some(_)) if !is_dated => (Deletion::MayBeOver, None),
            (Some(deleted), Some(there)) if deleted < there => (Deletion::NotTold, there),
            (Some(deleted), _) => (Deletion::Told, deleted),
            (None, there) => (Deletion::NotTold, there.flatten()),
        }
    }
}

/// Sorts events by their records, in the order in which the first of each came.
pub(super) fn sort(waiting: Vec<WaitingEvent>, brought: &Brought) -> Sorted {
    let mut sorted = Sorted::default();
    let mut places: BTreeMap<(i64, &str, i64), usize> = BTreeMap::new();
    let mut times: Vec<Told> = Vec::new();
    for event in waiting {
        let WaitingEvent {
            key,
            project_id,
            body,
            received_at,
            tries,
        } = event;
        match about(&body, project_id, brought) {
            Ok(Subject {
                data_set,
                read,
                procore_id,
                deleted,
                told_at,
            }) => {
                let place = *places
                    .entry((project_id, read.kind, procore_id))
                    .or_insert_with(|| {
                        sorted.changes.push(Change {
                            project_id,
                            data_set,
                            read,
                            procore_id,
                            deletion: Deletion::NotTold,
                            told_at: None,
                            received_at,
                            tries: 0,
                            events: Vec::new(),
                        });
                        times.push(Told::default());
                        sorted.changes.len() - 1
                    });
                let change = &mut sorted.changes[place];
                times[place].add(deleted, told_at);
                change.received_at = change.received_at.max(received_at);
                change.tries = change.tries.max(tries);
                change.events.push(key);
            }
            Err(outcome) => {
                let known = sorted.settled.iter_mut().find(|(it, _)| *it == outcome);
                match known {
                    Some((_, events)) => events.push(key),
                    None => sorted.settled.push((outcome, vec![key])),
                }
            }
        }
    }
    for (change, times) in sorted.changes.iter_mut().zip(&times) {
        (change.deletion, change.told_at) = times.last();
    }
    sorted
}

/// The record that an event names.
struct Subject {
    data_set: DataSet,
    read: &'static Read,
    procore_id: i64,
    deleted: bool,
    told_at: Option<DateTime<Utc>>,
}

/// The record that an event names, or why there is nothing to read.
fn about(body: &str, project_id: i64, brought: &Brought) -> Result<Subject, EventOutcome> {
    let event = Event::parse(body).map_err(|_| EventOutcome::Unknown)?;
    // A project that was copied delivers to the address of the one that it was copied from.
    let is_of_another = |named: i64| project_id != 0 && named != project_id;
    if event.project_id.is_some_and(is_of_another) {
        return Err(EventOutcome::NotChosen);
    }
    let scope = match project_id {
        0 => Scope::Company,
        _ => Scope::Project,
    };
    let named = event
        .resource
        .as_deref()
        .and_then(|name| catalog::announced_as(scope, name));
    let (data_set, read) = named.ok_or(EventOutcome::Unknown)?;
    let id = event.resource_id.ok_or(EventOutcome::Unknown)?;
    let settings = brought.settings(project_id);
    let is_chosen = settings.is_some_and(|it| it.choice(data_set).is_some());
    let is_followed = scope == Scope::Company && brought.follower_of(data_set).is_some();
    if !is_chosen && !is_followed {
        return Err(EventOutcome::NotChosen);
    }
    Ok(Subject {
        data_set,
        read,
        procore_id: id,
        deleted: event.event_type == Some(EventType::Delete),
        told_at: event.timestamp,
    })
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;
    use crate::identity::HookId;

    fn waiting(nth: u128, body: &str, tries: i16) -> WaitingEvent {
        let key = EventKey {
            hook_id: HookId(uuid::Uuid::from_u128(1)),
            event_id: nth.to_string(),
            day: NaiveDate::default(),
        };
        let body = body.to_owned();
        WaitingEvent {
            key,
            project_id: 0,
            body,
            received_at: DateTime::UNIX_EPOCH,
            tries,
        }
    }

    #[test]
    fn events_of_one_record_are_one_change_whatever_their_version() {
        let v2 =
            r#"{"id":1,"resource_name":"company users","resource_id":7,"event_type":"update"}"#;
        let v4 =
            r#"{"id":"2","resource_type":"Company Users","resource_id":"7","reason":"deleted"}"#;
        let other = r#"{"id":"3","resource_type":"Projects","resource_id":"7","reason":"create"}"#;
        let trades = r#"{"id":"4","resource_type":"Trades","resource_id":"1","reason":"create"}"#;
        let odd = r#"{"id":"5","resource_type":"Bids","resource_id":"1","reason":"update"}"#;
        let nobody = r#"{"id":"6","resource_type":"Projects","reason":"update"}"#;
        let settings =
            Settings::new([Choice::of(DataSet::Projects), Choice::of(DataSet::People)]).unwrap();
        let bodies = [v2, v4, other, trades, odd, nobody];
        let events = bodies
            .iter()
            .zip(0..)
            .map(|(body, nth)| waiting(nth, body, nth as i16));
        let brought = Brought {
            company: settings,
            projects: BTreeMap::new(),
        };
        let sorted = sort(events.collect(), &brought);

        let changes: Vec<_> = sorted
            .changes
            .iter()
            .map(|it| {
                (
                    it.read.kind,
                    it.procore_id,
                    it.deletion,
                    it.tries,
                    it.events.len(),
                )
            })
            .collect();
        assert_eq!(
            changes,
            [
                ("users", 7, Deletion::MayBeOver, 1, 2),
                ("projects", 7, Deletion::NotTold, 2, 1)
            ]
        );
        let settled: Vec<_> = sorted
            .settled
            .iter()
            .map(|(outcome, events)| (*outcome, events.len()))
            .collect();
        assert_eq!(
            settled,
            [(EventOutcome::NotChosen, 1), (EventOutcome::Unknown, 2)]
        );
    }

    #[test]
    fn the_last_event_says_whether_a_record_is_deleted() {
        let event = |nth: u128, reason: &str, second: Option<u32>| {
            let at = second.map(|it| format!(r#""timestamp":"2026-03-02T08:00:{it:02}Z","#));
            let at = at.unwrap_or_default();
            let body = format!(
                r#"{{"id":"{nth}",{at}"resource_type":"Offices","resource_id":"7","reason":"{reason}"}}"#
            );
            waiting(nth, &body, 0)
        };
        let brought = Brought {
            company: Settings::new([Choice::of(DataSet::Offices)]).unwrap(),
            projects: BTreeMap::new(),
        };
        use Deletion::{MayBeOver, NotTold, Told};
        for (events, expected, is_dated) in [
            (
                vec![("delete", Some(1)), ("create", Some(6))],
                NotTold,
                true,
            ),
            (
                vec![("create", Some(6)), ("delete", Some(1))],
                NotTold,
                true,
            ),
            (vec![("create", Some(1)), ("delete", Some(6))], Told, true),
            (vec![("delete", Some(6)), ("create", Some(6))], Told, true),
            (
                vec![("delete", None), ("create", Some(6))],
                MayBeOver,
                false,
            ),
            (
                vec![("delete", Some(6)), ("update", None)],
                MayBeOver,
                false,
            ),
            (vec![("delete", None)], Told, false),
            (vec![("delete", None), ("delete", None)], Told, false),
            (vec![("delete", None), ("delete", Some(1))], Told, true),
        ] {
            let told = events.iter().zip(0..);
            let told = told.map(|((reason, at), nth)| event(nth, reason, *at));
            let change = sort(told.collect(), &brought).changes.remove(0);
            assert_eq!(change.deletion, expected, "{events:?}");
            assert_eq!(change.told_at.is_some(), is_dated, "{events:?}");
        }
    }
}
