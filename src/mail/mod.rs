//! Mail: written into an outbox in the transaction that causes it, sent by a worker.
//!
//! Links are the only secrets in a mail. They are sealed beside its text, which has placeholders,
//! and wiped once it is sent.

mod letter;
mod outbox;
mod smtp;

pub use letter::LinkDisplay;
pub use outbox::{KIND, queue, queue_again, read, send_kept};
pub use smtp::send;

/// Why a mail could not be written or sent.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("a mail could not be written")]
    Template(#[from] askama::Error),
    #[error(transparent)]
    Store(#[from] crate::store::StoreError),
    #[error(transparent)]
    Vault(#[from] crate::vault::VaultError),
    #[error("SMTP_URL cannot be used")]
    Smtp(#[source] lettre::transport::smtp::Error),
}

impl From<sqlx::Error> for MailError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}
