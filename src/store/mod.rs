//! All SQL: plain functions on `&mut PgConnection`, so that callers compose several in one
//! transaction. Text becomes types here and nowhere else.

pub mod actions;
pub mod activities;
pub mod cases;
pub mod checks;
pub mod claims;
mod columns;
pub mod connections;
pub mod consents;
pub mod credentials;
pub mod events;
pub mod figures;
pub mod firms;
pub mod gauges;
pub mod grants;
pub mod hand_overs;
pub mod hooks;
pub mod links;
pub mod mails;
pub mod memberships;
pub mod migrate;
pub mod notes;
pub mod onboardings;
pub mod people;
pub mod queue;
pub mod queue_lines;
pub mod rates;
pub mod records;
pub mod reminders;
pub mod reset_requests;
pub mod runs;
pub mod sealed;
pub mod sessions;
pub mod staff;
pub mod throttles;
pub mod tokens;
pub mod work;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::verdict::ReasonCode;

/// Why a row could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("somebody else changed it in the meantime")]
    Stale,
    #[error("the database holds {what} {value:?}, which this release does not know")]
    Unknown { what: &'static str, value: String },
    #[error("the database did not answer as it should")]
    Database(#[from] sqlx::Error),
}

/// Reads a stored word; `read` knows the words.
fn known<T>(
    what: &'static str,
    value: String,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, StoreError> {
    read(&value).ok_or(StoreError::Unknown { what, value })
}

fn from_json<T: DeserializeOwned>(what: &'static str, value: Value) -> Result<T, StoreError> {
    serde_json::from_value(value.clone()).map_err(|_| StoreError::Unknown {
        what,
        value: value.to_string(),
    })
}

fn reason(text: String) -> Result<ReasonCode, StoreError> {
    text.parse().map_err(|_| StoreError::Unknown {
        what: "reason code",
        value: text,
    })
}
