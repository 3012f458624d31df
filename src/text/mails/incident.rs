//! Mails to the firm about what went wrong with a connection after its setup.

use chrono::{DateTime, TimeDelta, Utc};

use super::{Letter, shown};
use crate::text::time::duration;

/// Something is wrong; the caller adds what, and what fixes it.
pub(crate) fn begun(product: &str, company: &str, is_new: bool, broken: bool) -> Letter {
    let subject = match (broken, is_new) {
        (true, true) => "Procore is no longer connected",
        (true, false) => "Procore is still not connected",
        (false, true) => "Your Procore connection needs you",
        (false, false) => "Your Procore connection still needs you",
    };
    let company = shown(company);
    let what = match broken {
        true => format!(
            "{product} can’t read anything from {company} in Procore at the moment. What was read before is kept."
        ),
        false => format!(
            "{product} is connected to {company} in Procore, but not everything works. The rest goes on."
        ),
    };
    Letter::new("incident", subject).paragraph(what)
}

/// One of the causes, and since when it has been there.
pub(crate) fn since(cause: &str, since: DateTime<Utc>) -> String {
    format!("{cause}, since {} UTC.", since.format("%-d %B %Y, %H:%M"))
}

pub(crate) const SEE: &str = "See what to do";
pub(crate) const VIEW: &str = "View integration";

/// It is over.
pub(crate) fn ended(product: &str, company: &str, lasted: TimeDelta) -> Letter {
    let company = shown(company);
    Letter::new("recovered", "Your Procore connection works again")
        .paragraph(format!(
            "The connection between {product} and {company} in Procore works again, after {}.",
            duration(lasted)
        ))
        .paragraph(
            "What changed in Procore meanwhile is being read now. You don’t have to do anything.",
        )
}
