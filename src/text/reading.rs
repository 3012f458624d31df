//! The words for lists that did not come whole and are read again.

use super::count::grouped;
use crate::ledger::ShortList;

/// Beside the action that read such a list.
pub(crate) const NOT_COMPLETE: &str = "Not every record came: the list changed, or Procore counts more than it lists. We read it again.";

/// How much of a list was read, and when it is read again: at a time, or now.
pub(crate) fn so_far(list: &ShortList, again_at: Option<&str>) -> String {
    let (rows, total) = (grouped(list.rows), grouped(list.total));
    match (list.rows < list.total, again_at) {
        (true, Some(at)) => format!("{rows} of {total} read, reading again at {at}"),
        (true, None) => format!("{rows} of {total} read, reading again now"),
        (false, Some(at)) => format!("{rows} read while the list changed, reading again at {at}"),
        (false, None) => format!("{rows} read while the list changed, reading again now"),
    }
}

/// The same for a list beside the main one of its data set.
pub(crate) fn so_far_of(list: &str, so_far: &str) -> String {
    format!("{list}: {so_far}")
}
