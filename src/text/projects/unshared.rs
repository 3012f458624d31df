//! What is said of projects that are not shared with us.

use crate::connection::UnsharedSource;
use crate::text::count::{Noun, counted};
use crate::text::first_of;

pub(crate) const HOW_TO_SHARE: &str = "See them, and how to share them";
pub(crate) const FIND_OUT: &str = "Is a project missing?";
pub(crate) const UNSHARED_ASKED: &str =
    "We are asking Procore. This page shows what it says as soon as it answers.";
pub(crate) const OWN_COUNT_SAVED: &str =
    "Saved. We compare your number with what Procore shows us.";
pub(crate) const OWN_COUNT: &str =
    "Enter a whole number between 1 and 1,000,000, or leave it empty.";

/// How many projects of the firm are not shared with us, and what the first are called; of those that were
/// searched for, if anything was.
pub(crate) fn unshared(named: &[String], count: i64, is_search: bool) -> String {
    let these = match (is_search, count) {
        (true, 1) => "that fits your search",
        (true, _) => "that fit your search",
        (false, _) => "of your company",
    };
    let (projects, are) = (
        counted(count, Noun::Project),
        if count == 1 { "is" } else { "are" },
    );
    let line = format!("{projects} {these} {are} not shared with us");
    match named.is_empty() {
        true => format!("{line}."),
        false => {
            let all = u64::try_from(count).unwrap_or_default();
            format!("{line}: {}.", first_of(named, all))
        }
    }
}

/// How it is known what is not shared; `product` is what the firm connects.
pub(crate) fn unshared_source(source: UnsharedSource) -> String {
    match source {
        UnsharedSource::OwnUser(_) => {
            "Procore names the active projects that our user in your company is not in.".to_owned()
        }
        UnsharedSource::Person => "Procore does not tell our user, so we compare what it shows us with what it shows the person who signed in with Procore.".to_owned(),
        UnsharedSource::OwnCount(own) => format!(
            "Procore does not name them to us. You said that your company has {}, and it shows us fewer.",
            counted(own, Noun::Project)
        ),
        UnsharedSource::Nobody => "Procore does not tell us which projects we are not shown.".to_owned(),
    }
}

/// No project is known that is not shared. Procore names none as well where it does not want to tell.
pub(crate) fn all_shared(source: UnsharedSource, is_search: bool) -> &'static str {
    match (source, is_search) {
        (UnsharedSource::Nobody, _) => "We cannot tell whether a project is missing.",
        (_, true) => "We know of no missing project that fits your search.",
        (UnsharedSource::OwnCount(_), false) => {
            "Procore shows us as many projects as you said, or more."
        }
        (UnsharedSource::OwnUser(_), false) => "Procore names no project that we are missing.",
        (UnsharedSource::Person, false) => "We know of no project that is missing.",
    }
}
