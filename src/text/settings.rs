//! What the pages say on which a firm changes what is brought, after the setup.

use crate::catalog::DataSet;

pub(crate) const NOTHING_CHANGED: &str =
    "Nothing was changed: this is what we bring now. Tick or clear a box first.";
pub(crate) const PAUSED: &str =
    "Reading from Procore is paused. Resume it on the overview, then change what is brought.";
pub(crate) const STOPPED: &str =
    "We stopped here. Until it is fixed, we bring what we brought before.";
pub(crate) const STOPPED_IN_USE: &str =
    "We stopped here. Your new choice is in use already; the rest follows once this is fixed.";
pub(crate) const NOT_PROVEN: &str =
    "Procore does not let us read all of this yet, so nothing was changed.";

/// What a narrower choice deletes of a data set.
pub(crate) const INACTIVE: &str = "inactive ones";

/// Data whose records are deleted: all of them, or some.
pub(crate) fn deleted(set: DataSet, what: &str) -> String {
    match set.label() {
        label if label == what => label.to_owned(),
        label => format!("{label}: {what}"),
    }
}

/// A kind of record, with the changes that the webhook announces of it.
pub(crate) fn announced(resource: &str, events: &[&str]) -> String {
    match events {
        [] => resource.to_owned(),
        _ => format!("{resource} ({})", events.join(", ")),
    }
}
