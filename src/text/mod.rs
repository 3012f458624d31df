//! Every sentence for people that stands in no template and not under `content/`.
//!
//! A text is a constant or a function of what it names, and it is whole: nothing is glued together
//! from parts of sentences, so another language needs another body and no other caller.

pub mod activity;
pub mod case;
pub mod checks;
pub mod connection;
pub mod count;
pub mod errors;
pub mod forms;
pub mod hand_over;
pub mod mails;
pub mod notices;
mod onboarding;
pub mod pages;
pub mod plan;
pub mod queue;
pub mod reading;
pub mod setup;
pub mod situation;
pub mod time;
pub mod verdict;

/// `Verify`, `Verify and Settings`, `Verify, Settings and Permissions`.
fn list(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [one] => one.clone(),
        [others @ .., last] => format!("{} and {last}", others.join(", ")),
    }
}
