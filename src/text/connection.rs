//! The words for a connection: its webhook, and what arrives.

use super::count::grouped;

/// How many kinds of change the webhook announces.
pub(crate) fn kinds_of_change(count: usize) -> String {
    match count {
        1 => "1 kind of change".to_owned(),
        _ => format!("{} kinds of change", grouped(count)),
    }
}

pub(crate) const NO_WEBHOOK: &str = "There is none.";

pub(crate) fn webhook(kinds: usize) -> String {
    match kinds {
        1 => "One webhook, which announces 1 kind of change.".to_owned(),
        _ => format!(
            "One webhook, which announces {} kinds of change.",
            grouped(kinds)
        ),
    }
}

pub(crate) fn events_lately(count: i64, days: u64) -> String {
    match count {
        1 => format!("1 event in the last {days} days"),
        _ => format!("{} events in the last {days} days", grouped(count)),
    }
}

/// The state in a sentence, the company's name in bold.
pub(crate) fn connected_since(company: &str, day: Option<&str>) -> String {
    match day {
        Some(day) => format!("**{company}** is connected since {day}."),
        None => format!("**{company}** is connected."),
    }
}

/// Whose details these are, where several environments are offered.
pub(crate) fn company(company_id: i64, environment: &str) -> String {
    format!("Company ID {company_id} in {environment}")
}

/// An environment's label.
pub(crate) fn environment_label(name: &str) -> String {
    match name {
        "production" => "Production".to_owned(),
        "sandbox" => "Developer sandbox".to_owned(),
        "monthly" => "Monthly sandbox".to_owned(),
        "federal" => "Federal zone".to_owned(),
        own => own.to_owned(),
    }
}
