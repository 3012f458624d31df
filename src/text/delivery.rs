//! Why a mail was not delivered, on support's page of mails. Names nobody.

use std::fmt::Display;

pub(crate) const NO_ANSWER: &str = "the mail server did not answer in time";
pub(crate) const NO_SECURE_CONNECTION: &str = "no secure connection to the mail server";
pub(crate) const NOT_REACHED: &str = "the mail server could not be reached";
pub(crate) const UNUSABLE_ADDRESS: &str = "the address cannot be used";
pub(crate) const ONLY_ASCII: &str =
    "the mail server takes no address with such letters before the @";
pub(crate) const NOT_COMPOSED: &str = "the mail could not be composed";

/// The server refused, with a status of SMTP.
pub(crate) fn answered(status: impl Display) -> String {
    format!("the mail server answered {status}")
}
