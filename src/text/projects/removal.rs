//! What is said of a project that is being removed.

use crate::text::count::{Noun, counted};
use crate::text::list;

/// Below a project whose webhook stays for now.
pub(crate) const WEBHOOK_STAYS: &str =
    "Procore does not let us delete our webhook in it. We try again every day.";

/// Which webhooks are meant, by Procore’s ids.
fn webhooks(left: &[String]) -> String {
    match left {
        [] => "our webhook".to_owned(),
        [id] => format!("our webhook {id}"),
        ids => format!("our webhooks {}", list(ids)),
    }
}

/// The removal waits for Procore.
pub(crate) fn webhook_left(left: &[String]) -> String {
    format!(
        "Procore does not let us delete {}. We try again every day until it is gone. Until then nothing that it announces is read.",
        webhooks(left)
    )
}

/// Beside the action that deletes webhooks, where Procore refuses that.
pub(crate) fn not_deleted(left: &[String]) -> String {
    format!("Procore did not let us delete {}", webhooks(left))
}

/// Our webhooks in a project that is being removed; one without an id was asked for, and nobody saw Procore create it.
pub(crate) fn webhook_of_removed(left: &[Option<String>]) -> String {
    let ids: Vec<String> = left.iter().flatten().cloned().collect();
    match (left.is_empty(), ids.is_empty()) {
        (true, _) => "None left".to_owned(),
        (false, true) => "May still be in Procore".to_owned(),
        (false, false) => format!("Still in Procore: {}", list(&ids)),
    }
}

/// On the page of webhooks: those that are left in removed projects.
pub(crate) fn webhooks_left(webhooks: u64) -> String {
    match webhooks {
        1 => "Procore does not let us delete our webhook in a project that you removed. We try again every day until it is gone. Until then nothing that it announces is read.".to_owned(),
        _ => format!(
            "Procore does not let us delete {} of ours in projects that you removed. We try again every day until they are gone. Until then nothing that they announce is read.",
            counted(webhooks, Noun::Webhook)
        ),
    }
}

/// One of them, after the name of its project.
pub(crate) fn webhook_in(id: Option<&str>) -> String {
    match id {
        Some(id) => format!("webhook {id}"),
        None => "a webhook whose number we do not know".to_owned(),
    }
}

/// Those that are not named.
pub(crate) fn more_left(webhooks: u64) -> String {
    format!("and {} more", counted(webhooks, Noun::Webhook))
}
