//! The words for reading what changed in Procore, and for the pause in which nothing is read.

use super::count::{Noun, counted};

pub(crate) const SYNC_NOW: &str = "Sync now";
pub(crate) const PAUSE: &str = "Pause";
pub(crate) const RESUME: &str = "Resume";
pub(crate) const RECONNECT: &str = "Reconnect";

/// The whole check, which *Reconnect* starts.
pub(crate) const RECONNECTING: &str = "Checking everything with Procore again …";

pub(crate) const READING: &str = "Reading what changed in Procore …";

/// Why *Sync now* is not offered.
pub(crate) const NOT_WHILE_BROKEN: &str =
    "What changed meanwhile is read as soon as Procore can be read again.";

/// Procore asked for patience, or this hour’s share of calls is used up.
pub(crate) fn goes_on_at(time: &str) -> String {
    format!("Reading what changed in Procore goes on at {time}.")
}

/// What the last one found, after the time when it ended.
pub(crate) fn found(records: u64, incomplete: usize) -> String {
    let records = match records {
        0 if incomplete > 0 => "nothing new in what could be read".to_owned(),
        0 => "nothing was missing".to_owned(),
        count => format!("{} brought up to date", counted(count, Noun::Record)),
    };
    match incomplete {
        0 => records,
        1 => format!("{records}, 1 list could not be read completely"),
        lists => format!("{records}, {lists} lists could not be read completely"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_was_found_and_what_could_not_be_read() {
        assert_eq!(found(0, 0), "nothing was missing");
        assert_eq!(found(37, 0), "37 records brought up to date");
        assert_eq!(
            found(1, 1),
            "1 record brought up to date, 1 list could not be read completely"
        );
    }
}
