//! Every sentence for people that stands in no template and not under `content/`.
//!
//! A text is a constant or a function of what it names, and it is whole: nothing is glued together
//! from parts of sentences, so another language needs another body and no other caller.

pub(crate) mod activity;
pub(crate) mod case;
pub(crate) mod checks;
pub(crate) mod connection;
pub(crate) mod count;
pub(crate) mod delivery;
pub(crate) mod device;
pub(crate) mod errors;
pub(crate) mod events;
pub(crate) mod forms;
pub(crate) mod hand_over;
pub(crate) mod health;
pub(crate) mod mails;
pub(crate) mod notices;
pub(crate) mod onboarding;
pub(crate) mod pages;
pub(crate) mod plan;
pub(crate) mod projects;
pub(crate) mod queue;
pub(crate) mod reading;
pub(crate) mod references;
pub(crate) mod settings;
pub(crate) mod setup;
pub(crate) mod situation;
pub(crate) mod sync;
pub(crate) mod tile;
pub(crate) mod time;
pub(crate) mod vendor;
pub(crate) mod verdict;

/// `Verify`, `Verify and Settings`, `Verify, Settings and Permissions`.
fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}

/// `A, B`, or `A, B and 3 more` where those are the first of `all`.
fn first_of(named: &[String], all: u64) -> String {
    let listed = named.join(", ");
    match all.saturating_sub(named.len() as u64) {
        0 => listed,
        more => format!("{listed} and {} more", count::grouped(more)),
    }
}

#[cfg(test)]
mod page_tests;
