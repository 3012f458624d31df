//! The stored form of a secret.

const FORM: u8 = 1;
const NONCE: usize = aws_lc_rs::aead::NONCE_LEN;

/// A sealed secret as it is stored: format version, length and text of the key's id, nonce,
/// ciphertext with its tag. Useless without the key; `Debug` hides it.
#[derive(Clone, PartialEq, Eq, sqlx::Type)]
#[sqlx(transparent)]
pub struct Sealed(Vec<u8>);

pub(super) struct Parts<'a> {
    pub key_id: &'a str,
    pub nonce: &'a [u8],
    pub ciphertext: &'a [u8],
}

impl Sealed {
    pub(super) fn new(key_id: &str, nonce: &[u8], ciphertext: &[u8]) -> Self {
        let mut bytes = Self::beginning(key_id);
        bytes.extend_from_slice(nonce);
        bytes.extend_from_slice(ciphertext);
        Self(bytes)
    }

    /// The prefix of every value sealed with the key of this id.
    pub(super) fn beginning(key_id: &str) -> Vec<u8> {
        let mut bytes = vec![FORM, key_id.len() as u8]; // the key ring refuses ids longer than 32
        bytes.extend_from_slice(key_id.as_bytes());
        bytes
    }

    /// Wraps stored bytes; the vault decides whether they open.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    pub(super) fn parts(&self) -> Option<Parts<'_>> {
        let (&form, rest) = self.0.split_first()?;
        let (&length, rest) = rest.split_first()?;
        if form != FORM {
            return None;
        }
        let (key_id, rest) = rest.split_at_checked(usize::from(length))?;
        let (nonce, ciphertext) = rest.split_at_checked(NONCE)?;
        Some(Parts {
            key_id: std::str::from_utf8(key_id).ok()?,
            nonce,
            ciphertext,
        })
    }
}

impl std::fmt::Debug for Sealed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealed")
    }
}
