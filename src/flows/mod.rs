//! One file per thing a person can do, each one write transaction.
//!
//! A flow checks what its actor may do, changes the rows, records the activity, and enqueues further
//! work in the same transaction. It returns an [`Error`] that a page can explain.

pub(crate) mod accept_invitation;
pub(crate) mod act_on_connection;
pub mod act_on_project;
pub(crate) mod assign_case;
pub(crate) mod audit;
pub mod case;
pub(crate) mod change_invitation;
pub(crate) mod change_password;
pub(crate) mod change_profile;
pub mod change_settings;
pub(crate) mod check_case;
pub(crate) mod check_connection;
pub(crate) mod check_deliveries;
pub(crate) mod check_projects;
pub mod close_case;
pub(crate) mod confirm_checks;
pub mod confirm_review;
pub mod consent;
pub mod create_firm;
pub mod create_person;
pub mod disconnect;
mod end_sent;
pub(crate) mod find_session;
pub(crate) mod find_unshared;
pub mod fold_counts;
pub(crate) mod go_on_without;
pub mod hand_over;
pub(crate) mod integrate_new_projects;
pub mod integrate_projects;
pub mod invite_person;
mod known_device;
pub mod leave_out_data_set;
mod links;
pub(crate) mod mark_task;
mod new_password;
mod onboarding;
mod open_session;
pub(crate) mod open_setup;
pub mod operate_account;
mod own_password;
pub(crate) mod pass_second_factor;
pub(crate) mod pause_connection;
pub(crate) mod procore_sign_in;
pub mod read_mail;
pub(crate) mod receive_event;
pub(crate) mod reconnect;
mod remarks;
pub(crate) mod remind_firm;
pub mod reminders;
pub mod remove_firm;
pub mod remove_member;
pub mod remove_support;
pub(crate) mod reopen_case;
pub(crate) mod reopen_step;
pub(crate) mod repair_webhook;
pub mod replace_credentials;
pub(crate) mod report_stuck;
pub(crate) mod request_reset;
pub(crate) mod require_second_factor;
pub(crate) mod reset_factor;
pub(crate) mod reset_password;
pub(crate) mod resume_connection;
pub mod retry_case;
pub mod retry_run;
pub mod rotate_keys;
pub(crate) mod save_references;
pub mod save_settings;
mod second_factor;
pub(crate) mod send_fixes;
pub(crate) mod send_link;
pub(crate) mod send_mail_again;
pub mod set_up_second_factor;
pub mod sign_in;
pub(crate) mod sign_out;
mod slow_down;
pub(crate) mod snooze_case;
pub mod start_again;
pub(crate) mod start_checks;
pub mod start_completion;
pub mod submit_credentials;
pub(crate) mod sync_connection;
pub(crate) mod take_in_firm;
pub(crate) mod test_address;
pub mod tidy_up;
pub mod visit;
pub(crate) mod write_note;

pub use known_device::DeviceMark;
pub use onboarding::Seen;

pub use open_session::{Browser, Opened};
pub use own_password::Unproven;

use chrono::{DateTime, Utc};

use crate::app::passwords;
use crate::identity::Denied;
use crate::mail::MailError;
use crate::onboarding::Refused;
use crate::store::StoreError;
use crate::vault::VaultError;

/// Why a flow did not do what was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The rules say no, and why.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// It does not exist, or the actor may not see it.
    #[error("there is no such thing")]
    Missing,
    /// The actor may see it but not do this.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The actor did not prove that they know their password.
    #[error("the person did not enter their password")]
    Unproven(Unproven),
    /// What somebody proved by signing in with Procore is over, so nothing opens the company.
    #[error("nobody has proven that the company is the firm's")]
    NotProven,
    /// It was changed since the page was shown.
    #[error("somebody else changed it in the meantime")]
    Stale,
    /// The firm has reached its mail limit; the next mail is possible then.
    #[error("the firm sends no more mails until {0}")]
    TooManyMails(DateTime<Utc>),
    /// The firm began to sign in with Procore too often; the next time is possible then.
    #[error("the firm signs in with Procore no more until {0}")]
    TooManySignIns(DateTime<Utc>),
    /// Too many passwords are being hashed; trying again helps.
    #[error(transparent)]
    Busy(#[from] passwords::Busy),
    /// A text that somebody wrote contains the firm's client id or secret.
    #[error("the text contains a secret")]
    HoldsSecret,
    #[error(transparent)]
    Store(StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Mail(#[from] MailError),
    /// Our own fault; the caller need not know more.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Stale => Self::Stale,
            StoreError::Unknown { .. } | StoreError::Database(_) => Self::Store(error),
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
