//! The words for lists that did not come whole and are read again.

use super::count::grouped;
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

/// The same for a list beside the main one of its data set.
pub(crate) fn so_far_of(list: &str, so_far: &str) -> String {
    format!("{list}: {so_far}")
}
