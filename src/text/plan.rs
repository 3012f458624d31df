//! The words for a plan: its actions, how each is getting on, and what it will do.

use chrono::TimeDelta;

use super::connection::kinds_of_change;
use super::count::{Noun, counted, counted_of, grouped};
use super::health::cause;
use super::list;
use super::time::duration;
use crate::catalog::{DataSet, Level, Tool};
use crate::ledger::Action;
use crate::verdict::ReasonCode;

impl Action {
    /// The action's words on the page.
    pub fn label(self) -> String {
        match self {
            Self::Reverify => "Check access again".to_owned(),
            Self::Readiness => "Check the project’s tools".to_owned(),
            Self::Hook => "Create the webhook".to_owned(),
            Self::Triggers => "Choose what the webhook announces".to_owned(),
            Self::Lookups(set) => format!("Read {}", lookups(set)),
            Self::Sync(data_set) => format!("Read {}", data_set.label()),
            Self::CatchUp => "Catch up with changes made meanwhile".to_owned(),
            Self::ProjectIds => "Compare which projects there are".to_owned(),
            Self::LastLook => "Check the webhook again".to_owned(),
            Self::Switch => "Put the new choice in use".to_owned(),
            Self::Finish => "Finish".to_owned(),
            Self::RemoveHooks => "Remove our webhook from Procore".to_owned(),
            Self::DropRecords => "Delete what was read and delivered".to_owned(),
            Self::Release => "Wipe the secret".to_owned(),
        }
    }
}

impl Action {
    /// The action's words while it is under way.
    pub(crate) fn doing(self) -> String {
        match self {
            Self::Reverify => "Checking access again".to_owned(),
            Self::Readiness => "Checking the project’s tools".to_owned(),
            Self::Hook => "Creating the webhook".to_owned(),
            Self::Triggers => "Choosing what the webhook announces".to_owned(),
            Self::Lookups(set) => format!("Reading {}", lookups(set)),
            Self::Sync(set) => format!("Reading {}", in_sentence(set)),
            Self::CatchUp => "Catching up with changes made meanwhile".to_owned(),
            Self::ProjectIds => "Comparing which projects there are".to_owned(),
            Self::LastLook => "Checking the webhook again".to_owned(),
            Self::Switch => "Putting the new choice in use".to_owned(),
            Self::Finish => "Finishing".to_owned(),
            Self::RemoveHooks => "Removing our webhook from Procore".to_owned(),
            Self::DropRecords => "Deleting what was read and delivered".to_owned(),
            Self::Release => "Wiping the secret".to_owned(),
        }
    }
}

/// `project stages, project types and project regions`.
fn lookups(set: DataSet) -> String {
    let lists = set.entry().reads.iter().filter(|read| read.lookup);
    let lists: Vec<&str> = lists.map(|read| read.plural).collect();
    match lists.as_slice() {
        [] => in_sentence(set),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn in_sentence(set: DataSet) -> String {
    set.label().to_lowercase()
}

/// How much of all records was read; `about` where lists have not told yet how long they are.
pub(crate) fn read_so_far(read: u64, total: u64, about: bool) -> String {
    let (read, total) = (grouped(read), counted(total, Noun::Record));
    match about {
        true => format!("{read} of about {total}"),
        false => format!("{read} of {total}"),
    }
}

/// The same with the time that is left.
pub(crate) fn with_time_left(so_far: &str, left: TimeDelta) -> String {
    format!("{so_far}, about {} left", duration(left))
}

pub(crate) const STOPPED: &str =
    "We stopped here. Nothing that was read is lost, and we go on once this is fixed.";
pub(crate) const NEARLY_DONE: &str = "Nearly done";
pub(crate) const STOPPED_HERE: &str = "Stopped here until the reason is fixed";

/// The plan waits; `until` is a time of day.
pub(crate) fn waiting(code: Option<ReasonCode>, until: &str) -> String {
    match code {
        Some(ReasonCode::Rate) => {
            format!("Procore asked us to slow down. We go on at {until}.")
        }
        Some(ReasonCode::Busy) => {
            format!("Procore is busy and asked us to come back. We go on at {until}.")
        }
        Some(ReasonCode::Unreachable) => {
            format!("Procore is not answering right now. We try again at {until}.")
        }
        Some(_) | None => format!("We try again at {until}."),
    }
}

/// The plan is over; `at` is the exact time.
pub(crate) fn ended(at: &str) -> String {
    format!("Ended {at}.")
}

/// The action that is under way, with how much it has read.
pub(crate) fn under_way(action: Action, read: u64, total: Option<u64>) -> String {
    let label = action.doing();
    match read {
        0 => label,
        _ => {
            let total = total.filter(|total| *total > read);
            format!("{label}: {}", counted_of(read, total, Noun::Record))
        }
    }
}

/// Beside an action that waits; `until` is a time of day.
pub(crate) fn waits(code: Option<ReasonCode>, until: &str) -> String {
    match code {
        Some(ReasonCode::Rate) => format!("Until {until}: Procore asked us to slow down"),
        Some(ReasonCode::Busy) => format!("Until {until}: Procore is busy"),
        Some(ReasonCode::Unreachable) => format!("Until {until}: Procore is not answering"),
        Some(_) | None => format!("Until {until}"),
    }
}

/// Beside the webhook whose triggers Procore refused, each with its event.
pub(crate) fn refused_triggers(triggers: &[String]) -> String {
    format!("Procore refused to announce: {}", triggers.join(", "))
}

/// Beside a data set that Procore refused altogether.
pub(crate) fn not_read(code: ReasonCode) -> String {
    format!(
        "Procore did not let us read it: {}",
        in_sentence_of(cause(code))
    )
}

/// A short cause inside a sentence.
fn in_sentence_of(cause: String) -> String {
    let mut letters = cause.chars();
    let first = letters.next().into_iter().flat_map(char::to_lowercase);
    first.chain(letters).collect()
}

/// Beside a data set with lists that Procore refused.
pub(crate) fn refused_lists(lists: &[String]) -> String {
    let lists = lists.join(", ").replace('_', " ");
    match lists.is_empty() {
        true => "Procore does not let us read this yet.".to_owned(),
        false => format!("Procore refused to list: {lists}. What was read stays."),
    }
}

/// Beside the webhook: `how` we came by it, as the ledger stores it, and how many others lead
/// elsewhere.
pub(crate) fn webhook(how: Option<&str>, foreign: usize) -> String {
    let how = match how {
        Some("adopted") => "Found one of ours, which we keep using",
        Some("kept") => "Already there",
        Some(_) | None => "Created",
    };
    match foreign {
        0 => how.to_owned(),
        1 => {
            format!("{how}. 1 other webhook under the same name leads elsewhere; we left it alone")
        }
        _ => format!(
            "{how}. {} other webhooks under the same name lead elsewhere; we left them alone",
            grouped(foreign)
        ),
    }
}

/// Beside what the webhook announces.
pub(crate) fn announced(kinds: usize, missing: &[String]) -> String {
    let kinds = kinds_of_change(kinds);
    match missing {
        [] => kinds,
        _ => format!(
            "{kinds}. Procore does not announce changes of: {}",
            missing.join(", ")
        ),
    }
}

pub(crate) fn left_out(data: &str) -> String {
    format!("{data} are left out.")
}

/// What brings a data set that was left out after all.
pub(crate) fn to_bring_later(tool: Tool, level: Level) -> String {
    format!(
        "Left out, since our level did not let us read it. To bring it later, set {tool} to {level} for the app in Procore, then tick it in"
    )
}

/// What brings names that come as numbers.
pub(crate) fn names_later(lists: &[String], tool: Tool, level: Level) -> String {
    format!(
        "Shown as numbers, since our level does not let us read their names: {}. To see the names later, set {tool} to {level} for the app in Procore; they come by themselves when we next read the whole list.",
        list(lists)
    )
}

pub(crate) fn all_that_was_chosen(data: &str) -> String {
    format!("{data} are all that you chose, so they cannot be left out.")
}

/// The rows of the answers above the plan.
pub(crate) const COMPANY: &str = "Procore company";
pub(crate) const ACCESS: &str = "Access";
pub(crate) const SECRET: &str = "Client secret";
pub(crate) const PROOF: &str = "Proven by";
pub(crate) const DATA: &str = "Data";

pub(crate) fn saved_secret(fingerprint: &str) -> String {
    format!("Saved, fingerprint {fingerprint}")
}

/// The picture of which way the data goes.
pub(crate) const FLOW: &str = "From Procore to us, never back";
pub(crate) const PROCORE: &str = "Procore";
pub(crate) const YOUR_COMPANY: &str = "Your company";
pub(crate) const READ_ONLY: &str = "read only";
pub(crate) const REQUESTS: &str = "Requests";
pub(crate) const ANNOUNCED: &str = "Announced by webhook";

pub(crate) fn about(number: u64) -> String {
    format!("about {}", grouped(number))
}

/// What the plan will read, with the data whose amount Procore does not tell beforehand.
pub(crate) fn records_to_read(records: u64, uncounted: &[&str]) -> String {
    let records = about(records);
    match uncounted {
        [] => format!("{records} records"),
        _ => format!(
            "{records} records, and those of {}, which Procore does not count beforehand,",
            uncounted.join(", ")
        ),
    }
}

pub(crate) fn records(expected: Option<u64>) -> String {
    match expected {
        // What the checks counted may have changed by the time it is read.
        Some(records) => format!("About {}", counted(records, Noun::Record)),
        None => "Amount not known yet".to_owned(),
    }
}

/// How changes arrive; short enough for a phone.
pub(crate) fn arrives(webhooks: &[&str]) -> String {
    match webhooks {
        [] => "Compared from time to time".to_owned(),
        [one] => format!("Webhook: {one}"),
        [first, others @ ..] => format!("Webhook: {first} +{}", others.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_much_is_read_and_how_long_it_takes() {
        let so_far = read_so_far(27_300, 48_000, false);
        assert_eq!(so_far, "27,300 of 48,000 records");
        assert_eq!(
            with_time_left(&so_far, TimeDelta::seconds(20)),
            "27,300 of 48,000 records, about 20 seconds left"
        );
        assert_eq!(read_so_far(0, 1, true), "0 of about 1 record");
    }
}
