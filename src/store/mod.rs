//! All SQL: plain functions on `&mut PgConnection`, so that callers compose several in one
//! transaction. Text becomes types here and nowhere else.

pub mod actions;
pub(crate) mod activities;
pub(crate) mod address_tests;
pub mod cases;
pub mod checks;
pub mod claims;
mod columns;
pub mod connections;
pub mod consents;
mod content_hash;
pub mod credentials;
pub mod database;
pub mod events;
pub mod figures;
pub mod firms;
pub(crate) mod gauges;
pub(crate) mod grants;
pub mod hand_overs;
pub(crate) mod heartbeats;
pub mod hooks;
pub(crate) mod incidents;
pub(crate) mod install_waits;
pub(crate) mod left_hooks;
pub mod links;
pub mod list_readings;
pub mod mails;
pub(crate) mod memberships;
pub mod migrate;
pub mod notes;
pub mod onboardings;
pub(crate) mod outages;
pub mod people;
pub(crate) mod person_tokens;
pub mod project_runs;
pub(crate) mod projects;
pub(crate) mod projects_seen;
pub mod queue;
pub mod queue_lines;
pub mod rates;
pub mod readings;
pub mod reconciles;
mod record_set;
pub mod records;
pub mod reminders;
pub mod removals;
pub mod reset_requests;
pub(crate) mod roles;
pub mod runs;
pub mod sealed;
pub mod sessions;
pub(crate) mod settings_changes;
pub(crate) mod shown_events;
pub mod sign_ins;
pub(crate) mod single_records;
pub mod staff;
pub(crate) mod throttles;
pub mod tokens;
pub(crate) mod unread;
pub(crate) mod vendor_installs;
pub(crate) mod vendor_tokens;
pub(crate) mod waiting_events;
pub mod work;

pub(crate) use content_hash::content_hash;

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

impl StoreError {
    /// Whether the database does not take these values and never will: they are
    /// out of range (class 22), or too large for an index or the parser (54).
    pub(crate) fn refuses_values(&self) -> bool {
        matches!(self, Self::Database(sqlx::Error::Encode(_))) || self.is_of_class(&["22", "54"])
    }

    /// Whether one of several rows may be the reason, so that the others go through without it: also
    /// a constraint (class 23), another transaction (40) or a trigger (P0).
    pub(crate) fn may_be_of_one_row(&self) -> bool {
        self.refuses_values() || self.is_of_class(&["23", "40", "P0"])
    }

    fn is_of_class(&self, classes: &[&str]) -> bool {
        match self {
            Self::Database(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| classes.iter().any(|class| code.starts_with(class))),
            Self::Database(_) | Self::Stale | Self::Unknown { .. } => false,
        }
    }
}
