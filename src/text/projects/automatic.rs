//! What is said of new projects that are integrated automatically.

/// Below a project that was integrated by itself, or will be.
pub(crate) const CHOSEN_BY_ITSELF: &str = "Integrated automatically";
pub(crate) const WAITS_BY_ITSELF: &str = "New: will be integrated automatically once it is ready";

/// Since when new projects are integrated, and whose wish that is.
pub(crate) fn wished(by: &str, day: &str) -> String {
    format!("Turned on by {by}, {day}.")
}

pub(crate) const CHOOSE_FIRST: &str = "First choose what to bring of new projects.";
pub(crate) const DEFAULTS_SAVED: &str = "Saved what to bring of new projects.";
pub(crate) const NOW_BY_ITSELF: &str =
    "From now on, new projects are integrated automatically once they are ready.";
pub(crate) const NOT_BY_ITSELF: &str = "New projects are not integrated automatically.";
