//! The words for lists that did not come whole and are read again.

use chrono::DateTime;
use chrono_tz::Tz;

use super::count::{Noun, counted, grouped};
use crate::ledger::ShortList;

/// Beside the action that read such a list.
pub(crate) const NOT_COMPLETE: &str = "We cannot say that every record came: the list changed, Procore counts more than it lists, or it did not show where the list ends. We read it again.";

/// How much of a list was read, and when it is read again: at a time, or now.
pub(crate) fn so_far(list: &ShortList, again_at: Option<&str>) -> String {
    let (rows, total) = (grouped(list.rows), grouped(list.total));
    match (list.cut_short, list.rows < list.total, again_at) {
        (true, _, Some(at)) => {
            format!("{rows} read, but not to the end of the list, reading again at {at}")
        }
        (true, _, None) => {
            format!("{rows} read, but not to the end of the list, reading again now")
        }
        (false, true, Some(at)) => format!("{rows} of {total} read, reading again at {at}"),
        (false, true, None) => format!("{rows} of {total} read, reading again now"),
        (false, false, Some(at)) => {
            format!("{rows} read while the list changed, reading again at {at}")
        }
        (false, false, None) => format!("{rows} read while the list changed, reading again now"),
    }
}

/// What a reconcile repaired after events may have been lost; both ends in the reader's zone.
pub(crate) fn gap_repaired(from: DateTime<Tz>, to: DateTime<Tz>, records: u64) -> String {
    let end = match from.date_naive() == to.date_naive() {
        true => to.format("%H:%M %Z"),
        false => to.format("%-d %B %H:%M %Z"),
    };
    let (from, records) = (from.format("%-d %B %H:%M"), counted(records, Noun::Record));
    format!("Gap {from} to {end} repaired, {records}")
}

/// The same for a list beside the main one of its data set.
pub(crate) fn so_far_of(list: &str, so_far: &str) -> String {
    format!("{list}: {so_far}")
}

#[cfg(test)]
mod tests {
    use chrono::Utc;

    use super::*;

    #[test]
    fn a_repaired_gap_is_told_with_its_ends_in_the_readers_zone_and_what_was_missing() {
        for (zone, from, to, records, text) in [
            (
                Tz::UTC,
                "2026-03-02T02:10:00Z",
                "2026-03-02T14:10:00Z",
                37,
                "Gap 2 March 02:10 to 14:10 UTC repaired, 37 records",
            ),
            (
                Tz::UTC,
                "2026-03-02T20:00:00Z",
                "2026-03-03T09:05:00Z",
                1,
                "Gap 2 March 20:00 to 3 March 09:05 UTC repaired, 1 record",
            ),
            (
                Tz::America__Los_Angeles,
                "2026-03-02T20:00:00Z",
                "2026-03-03T05:05:00Z",
                2,
                "Gap 2 March 12:00 to 21:05 PST repaired, 2 records",
            ),
        ] {
            let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap().with_timezone(&zone);
            assert_eq!(gap_repaired(at(from), at(to), records), text);
        }
    }
}
