//! Codes as a person's authenticator app shows them.

use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret};

/// The code for a secret in base32, at a moment.
pub(crate) fn code(secret: &str, now: DateTime<Utc>) -> String {
    let secret: String = secret.split_whitespace().collect();
    let secret = Secret::try_from_base32(secret).unwrap();
    let totp = Builder::new()
        .with_secret(secret)
        .with_account_name("a")
        .build()
        .unwrap();
    totp.generate(now.timestamp().try_into().unwrap())
        .to_string()
}
