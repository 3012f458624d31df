//! The stored form of a secret.

const FORM: u8 = 1;
const NONCE: usize = aws_lc_rs::aead::NONCE_LEN;

/// A sealed secret as it lies in a table: form, length and text of the key's id, nonce, ciphertext
/// with its tag. Safe to store, log-safe by its `Debug`, useless without the key.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

pub(super) struct Parts<'a> {
    pub key_id: &'a str,
    pub nonce: &'a [u8],
    pub ciphertext: &'a [u8],
}

impl Sealed {
    pub(super) fn new(key_id: &str, nonce: &[u8], ciphertext: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(2 + key_id.len() + nonce.len() + ciphertext.len());
        bytes.push(FORM);
        bytes.push(key_id.len() as u8); // the key ring refuses ids beyond 32 characters
        bytes.extend_from_slice(key_id.as_bytes());
        bytes.extend_from_slice(nonce);
        bytes.extend_from_slice(ciphertext);
        Self(bytes)
    }

    /// Takes a value out of a table; whether it opens is decided by the vault.
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
