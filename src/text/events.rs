//! The words for what Procore announced, and what became of it.

use crate::connection::{EventOutcome, Trigger};

pub(crate) const RECEIVED: &str = "Received";
pub(crate) const CHANGE: &str = "Change";
pub(crate) const RECORD: &str = "Record";
pub(crate) const OUTCOME: &str = "Outcome";
pub(crate) const ALL_OUTCOMES: &str = "All outcomes";
pub(crate) const ALL_KINDS: &str = "All kinds";
pub(crate) const WAITING: &str = "Waiting";
pub(crate) const PER_DAY: [&str; 3] = ["Events in the last 14 days", "Day", "Events"];

impl EventOutcome {
    /// In a choice of outcomes.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Applied => "Applied",
            Self::Gone => "Deleted in Procore",
            Self::Unavailable => "Unavailable",
            Self::NotChosen => "Not brought",
            Self::Unknown => "Not known to us",
            Self::Unreadable => "Not readable",
        }
    }

    /// What became of an event, in a sentence.
    pub(crate) fn sentence(self) -> &'static str {
        match self {
            Self::Applied => "Applied: our copy is up to date",
            Self::Gone => "Deleted in Procore, and marked so here",
            Self::Unavailable => "Unavailable: Procore does not show the record",
            Self::NotChosen => "Left alone: you do not bring this",
            Self::Unknown => "Left alone: it names nothing that we read",
            Self::Unreadable => "Not readable: our support looks at it",
        }
    }
}

/// An event that waits; `at` is the time of the next attempt.
pub(crate) fn waits(tries: i16, at: Option<String>) -> String {
    match (tries, at) {
        (0, _) | (_, None) => "Waiting".to_owned(),
        (_, Some(at)) => format!("Waiting: Procore does not show the record yet, asked again {at}"),
    }
}

/// What changed, in Procore's own words for the kind of record.
pub(crate) fn change(resource: Option<&str>, event: Option<&str>) -> String {
    let resource = resource.unwrap_or("Something unnamed");
    match event.map(in_words) {
        Some(change) => format!("{resource}: {change}"),
        None => resource.to_owned(),
    }
}

pub(crate) fn record(id: i64) -> String {
    format!("Number {id}")
}

/// How a record changed; Procore spells it in several ways.
pub(crate) fn in_words(change: &str) -> String {
    let change = Trigger::new("", change).event;
    match change.as_str() {
        "create" | "update" | "delete" => format!("{change}d"),
        _ => change,
    }
}
