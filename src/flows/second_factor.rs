//! Codes of an authenticator app (TOTP, RFC 6238) and recovery codes.

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Builder, Secret, Totp};

use super::Error;
use crate::app::App;
use crate::identity::Email;
use crate::store::people::{Person, SecondFactor};
use crate::vault::{self, Purpose, VaultError};

/// How many recovery codes a person gets.
const RECOVERY_CODES: usize = 10;
/// Base32 digits of a recovery code: 140 random bits, so that a plain hash cannot be brute-forced.
const RECOVERY_DIGITS: usize = 28;

/// A code as it was typed.
pub(super) enum Typed {
    /// Six digits.
    App(String),
    /// The hash of a recovery code.
    Recovery(Vec<u8>),
}

impl Typed {
    pub(super) fn read(code: &SecretString) -> Self {
        let code: String = code
            .expose_secret()
            .chars()
            .filter(|c| c.is_ascii_alphanumeric())
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if code.len() <= 8 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            Self::App(code)
        } else {
            Self::Recovery(vault::token_hash(&SecretString::from(code)))
        }
    }
}

/// A fresh secret in base32.
pub(super) fn new_secret() -> SecretString {
    SecretString::from(Secret::generate().to_base32())
}

/// New recovery codes in groups of four, and their hashes.
pub(super) fn new_recovery_codes() -> (Vec<SecretString>, Vec<Vec<u8>>) {
    (0..RECOVERY_CODES)
        .map(|_| {
            let mut digits = Secret::generate().to_base32().to_ascii_lowercase();
            digits.truncate(RECOVERY_DIGITS);
            let groups: Vec<String> = digits
                .as_bytes()
                .chunks(4)
                .map(|group| String::from_utf8_lossy(group).into_owned())
                .collect();
            let hash = vault::token_hash(&SecretString::from(digits));
            (SecretString::from(groups.join("-")), hash)
        })
        .unzip()
}

/// The secret behind a person's second factor, in base32.
pub(super) fn open(
    app: &App,
    person: &Person,
    factor: &SecondFactor,
) -> Result<SecretString, Error> {
    let owner = person.id.0;
    Ok(app
        .vault
        .open(Purpose::SecondFactor, owner, &factor.secret)?)
}

/// The URI an authenticator app reads from the QR code.
pub(super) fn uri(app: &App, email: &Email, secret: &SecretString) -> Result<SecretString, Error> {
    let url = totp(secret, &app.config.product_name, email.as_str())?
        .to_url()
        .map_err(|_| VaultError::UnknownForm)?;
    Ok(SecretString::from(url))
}

/// The time step of a valid code that was not used before.
pub(super) fn check(
    secret: &SecretString,
    code: &str,
    last_step: Option<i64>,
    now: DateTime<Utc>,
) -> Result<Option<i64>, Error> {
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let step = totp(secret, "", "account")?
        .check(code, seconds)
        .and_then(|step| i64::try_from(step).ok());
    Ok(step.filter(|step| last_step.is_none_or(|last| *step > last)))
}

fn totp(secret: &SecretString, issuer: &str, account: &str) -> Result<Totp, Error> {
    let secret = Secret::try_from_base32(secret.expose_secret());
    let secret = secret.map_err(|_| VaultError::UnknownForm)?;
    // A colon separates issuer and account.
    let issuer = Some(issuer.replace(':', " ")).filter(|issuer| !issuer.is_empty());
    let totp = Builder::new()
        .with_secret(secret)
        .with_issuer(issuer)
        .with_account_name(account.replace(':', " "))
        .build()
        .map_err(|_| VaultError::UnknownForm)?;
    Ok(totp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_works_once_and_only_near_its_time() {
        let secret = new_secret();
        let now = DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000);
        let code = totp(&secret, "", "a")
            .unwrap()
            .generate(now.timestamp() as u64)
            .to_string();
        let step = check(&secret, &code, None, now).unwrap().unwrap();
        assert_eq!(
            check(&secret, &code, Some(step), now).unwrap(),
            None,
            "used before"
        );
        let soon = now + chrono::TimeDelta::seconds(30);
        assert_eq!(check(&secret, &code, None, soon).unwrap(), Some(step));
        let later = now + chrono::TimeDelta::seconds(90);
        assert_eq!(
            check(&secret, &code, None, later).unwrap(),
            None,
            "too late"
        );
        assert_eq!(check(&secret, "", None, now).unwrap(), None);
    }

    #[test]
    fn recovery_codes_are_read_with_and_without_their_groups() {
        let (codes, hashes) = new_recovery_codes();
        assert_eq!(
            (codes.len(), hashes.len()),
            (RECOVERY_CODES, RECOVERY_CODES)
        );
        let groups = codes[0].expose_secret().split('-').map(str::len);
        assert_eq!(groups.collect::<Vec<_>>(), [4; 7]);
        let typed = codes[0].expose_secret().replace('-', " ").to_uppercase();
        match Typed::read(&SecretString::from(typed)) {
            Typed::Recovery(hash) => assert_eq!(hash, hashes[0]),
            Typed::App(code) => panic!("{code}"),
        }
        assert!(
            matches!(Typed::read(&SecretString::from(" 123 456 ")), Typed::App(code) if code == "123456")
        );
    }
}
