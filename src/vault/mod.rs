//! Seals and opens secrets; knows no tables.
//!
//! AES-256-GCM with a random nonce. The purpose and the owner are authenticated with the secret, so
//! a sealed value copied to another row or column does not open there.

mod endpoint;
mod keys;
pub mod password;
mod sealed;
mod signature;

pub use endpoint::new_endpoint;
pub(crate) use endpoint::owner_of_endpoint;
pub use keys::{KeyRing, KeyRingError, generate_key_line};
pub use sealed::Sealed;

use std::sync::Arc;

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

/// What a sealed secret is for; part of the authenticated data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A firm's Procore client secret.
    ProcoreSecret,
    /// An access token that Procore issued for it.
    ProcoreToken,
    /// The token of a person who signed in with Procore.
    PersonToken,
    /// What opens Procore for taking back what a removed firm had us create.
    RemovalAccess,
    /// The `Authorization` value that one of our webhooks is delivered with.
    HookAuthorization,
    /// The links in a mail that has not been sent yet.
    MailLinks,
    /// The shared secret of a person's second factor.
    SecondFactor,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::ProcoreSecret => "procore-secret",
            Self::ProcoreToken => "procore-token",
            Self::PersonToken => "person-token",
            Self::RemovalAccess => "removal-access",
            Self::HookAuthorization => "hook-authorization",
            Self::MailLinks => "mail-links",
            Self::SecondFactor => "second-factor",
        }
    }
}

/// Why a secret could not be sealed or opened. Says nothing about its content.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("the secret was sealed with key {0:?}, which is not in CONCIERGE_ENCRYPTION_KEYS")]
    UnknownKey(String),
    #[error(
        "the sealed secret was altered, belongs to another firm or purpose, or its key has other bytes"
    )]
    NotAuthentic,
    #[error("the sealed secret is not in a form that this release knows")]
    UnknownForm,
    #[error("the cipher refused to work")]
    Cipher,
    #[error("a password could not be hashed or compared")]
    Password,
}

/// Seals with the first key of the ring, opens with all of them. Cheap to clone.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<KeyRing>,
}

impl Vault {
    pub fn new(keys: impl Into<Arc<KeyRing>>) -> Self {
        Self { keys: keys.into() }
    }

    /// Seals `secret` so that it opens only for the same `purpose` and `owner`, the firm or the
    /// person that the row belongs to.
    pub fn seal(
        &self,
        purpose: Purpose,
        owner: impl Into<Uuid>,
        secret: &SecretString,
    ) -> Result<Sealed, VaultError> {
        let key = self.keys.current();
        let cipher =
            RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).map_err(|_| VaultError::Cipher)?;
        let mut buffer = secret.expose_secret().as_bytes().to_vec();
        let nonce = cipher
            .seal_in_place_append_tag(
                Aad::from(associated_data(purpose, owner.into(), key.id())),
                &mut buffer,
            )
            .map_err(|_| VaultError::Cipher)?;
        Ok(Sealed::new(key.id(), nonce.as_ref(), &buffer))
    }

    /// Opens what [`Vault::seal`] made for the same `purpose` and `owner`.
    pub fn open(
        &self,
        purpose: Purpose,
        owner: impl Into<Uuid>,
        sealed: &Sealed,
    ) -> Result<SecretString, VaultError> {
        let parts = sealed.parts().ok_or(VaultError::UnknownForm)?;
        let key = self
            .keys
            .find(parts.key_id)
            .ok_or_else(|| VaultError::UnknownKey(parts.key_id.to_owned()))?;
        let cipher =
            RandomizedNonceKey::new(&AES_256_GCM, key.bytes()).map_err(|_| VaultError::Cipher)?;
        let nonce: [u8; NONCE_LEN] = parts
            .nonce
            .try_into()
            .map_err(|_| VaultError::UnknownForm)?;
        let mut buffer = Zeroizing::new(parts.ciphertext.to_vec());
        let plain = cipher
            .open_in_place(
                Nonce::from(&nonce),
                Aad::from(associated_data(purpose, owner.into(), key.id())),
                &mut buffer,
            )
            .map_err(|_| VaultError::NotAuthentic)?;
        let text = std::str::from_utf8(plain).map_err(|_| VaultError::UnknownForm)?;
        Ok(SecretString::from(text))
    }

    /// What every value begins with that was sealed with today's key, and no other value does.
    pub(crate) fn current_beginning(&self) -> Vec<u8> {
        Sealed::beginning(self.keys.current().id())
    }

    /// Six hexadecimal digits of a keyed hash: a label that lets a person tell two secrets apart and
    /// is useless for guessing one.
    pub fn fingerprint(&self, secret: &SecretString) -> String {
        let tag = self.keyed_hash("fingerprint", secret.expose_secret().as_bytes());
        tag.iter()
            .take(3)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// Twelve hexadecimal digits of a keyed hash. They stand for something that must not be told, such
    /// as an address in the log: the same is recognised, and cannot be guessed.
    pub(crate) fn pseudonym(&self, hidden: &str) -> String {
        let tag = self.keyed_hash("pseudonym", hidden.as_bytes());
        tag.iter()
            .take(6)
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn keyed_hash(&self, label: &str, data: &[u8]) -> Vec<u8> {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.keys.current().bytes());
        let mut context = hmac::Context::with_key(&key);
        context.update(label.as_bytes());
        context.update(&[0]);
        context.update(data);
        context.sign().as_ref().to_vec()
    }
}

/// 256 random bits as 43 characters that need no escaping in an address or a header.
pub(crate) fn random_token() -> Result<SecretString, VaultError> {
    let mut bytes = Zeroizing::new([0u8; 32]);
    aws_lc_rs::rand::fill(bytes.as_mut()).map_err(|_| VaultError::Cipher)?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

/// The stored hash of a token made by [`random_token`]. With 256 random bits, a plain SHA-256 cannot
/// be brute-forced.
pub fn token_hash(token: &SecretString) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.expose_secret().as_bytes())
        .as_ref()
        .to_vec()
}

/// Compares without telling by its time where the first difference is.
pub(crate) fn same_bytes(one: &[u8], other: &[u8]) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(one, other).is_ok()
}

fn associated_data(purpose: Purpose, owner: Uuid, key_id: &str) -> Vec<u8> {
    format!("concierge/1\0{}\0{owner}\0{key_id}", purpose.label()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault(lines: &str) -> Vault {
        Vault::new(KeyRing::parse(lines).unwrap())
    }

    fn key(id: &str) -> String {
        generate_key_line(id).unwrap().expose_secret().to_owned()
    }

    #[test]
    fn opens_what_it_sealed() {
        let vault = vault(&key("a"));
        let owner = Uuid::new_v4();
        let sealed = vault
            .seal(Purpose::ProcoreSecret, owner, &SecretString::from("s3cret"))
            .unwrap();
        let opened = vault.open(Purpose::ProcoreSecret, owner, &sealed).unwrap();
        assert_eq!(opened.expose_secret(), "s3cret");
    }

    #[test]
    fn does_not_open_for_another_owner_or_purpose_or_when_altered() {
        let vault = vault(&key("a"));
        let owner = Uuid::new_v4();
        let sealed = vault
            .seal(Purpose::ProcoreSecret, owner, &SecretString::from("s3cret"))
            .unwrap();
        assert!(matches!(
            vault.open(Purpose::ProcoreSecret, Uuid::new_v4(), &sealed),
            Err(VaultError::NotAuthentic)
        ));
        assert!(matches!(
            vault.open(Purpose::ProcoreToken, owner, &sealed),
            Err(VaultError::NotAuthentic)
        ));
        let mut bytes = sealed.as_bytes().to_vec();
        *bytes.last_mut().unwrap() ^= 1;
        assert!(
            vault
                .open(Purpose::ProcoreSecret, owner, &Sealed::from_bytes(bytes))
                .is_err()
        );
    }

    #[test]
    fn an_added_key_seals_and_the_old_one_still_opens() {
        let (old, new) = (key("old"), key("new"));
        let owner = Uuid::new_v4();
        let before = vault(&old);
        let sealed = before
            .seal(Purpose::ProcoreSecret, owner, &SecretString::from("s3cret"))
            .unwrap();
        let after = vault(&format!("{new},{old}"));
        assert!(!sealed.as_bytes().starts_with(&after.current_beginning()));
        assert!(after.open(Purpose::ProcoreSecret, owner, &sealed).is_ok());
        let without = vault(&new);
        assert!(matches!(
            without.open(Purpose::ProcoreSecret, owner, &sealed),
            Err(VaultError::UnknownKey(id)) if id == "old"
        ));
    }

    #[test]
    fn anything_at_all_is_refused_without_a_panic() {
        let vault = vault(&key("a"));
        for bytes in [
            vec![],
            vec![1],
            vec![1, 200, 1],
            vec![9; 40],
            vec![1, 1, b'a', 0],
        ] {
            let sealed = Sealed::from_bytes(bytes);
            assert!(
                vault
                    .open(Purpose::MailLinks, Uuid::nil(), &sealed)
                    .is_err()
            );
        }
    }

    #[test]
    fn a_fingerprint_is_six_hex_digits_and_differs_by_key() {
        let secret = SecretString::from("s3cret");
        let (one, two) = (vault(&key("a")), vault(&key("a")));
        assert_eq!(one.fingerprint(&secret).len(), 6);
        assert_eq!(one.fingerprint(&secret), one.fingerprint(&secret));
        assert_ne!(one.fingerprint(&secret), two.fingerprint(&secret));
    }
}
