//! All SQL: plain functions on `&mut PgConnection`, so that callers compose several in one
//! transaction. Text becomes types here and nowhere else.

pub mod checks;
pub mod claims;
pub mod credentials;
pub mod migrate;
pub mod onboardings;

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
