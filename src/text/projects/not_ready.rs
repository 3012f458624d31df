//! What is said of the projects that are not ready, all at once.

use crate::text::count::{Noun, counted};

/// A card is about the first of the projects that are not ready.
pub(crate) fn first_not_ready(projects: u64) -> String {
    format!(
        "This is about the first {} that are not ready, by number. There may be more.",
        counted(projects, Noun::Project)
    )
}

pub(crate) const ALL_NOT_READY: &str = "All that are not ready";
