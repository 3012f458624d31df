//! The key ring: `id:base64key` entries; the first seals, all open.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::SecretString;
use zeroize::Zeroizing;

use super::VaultError;

const KEY_LEN: usize = 32;
const MAX_ID_LEN: usize = 32;

/// One key of the ring.
pub(super) struct Key {
    id: String,
    bytes: Zeroizing<[u8; KEY_LEN]>,
}

impl Key {
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.as_ref()
    }
}

/// The installation's keys, in order; never empty.
pub struct KeyRing(Vec<Key>);

/// Names the keys, never shows them.
impl std::fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list()
            .entries(self.0.iter().map(|key| &key.id))
            .finish()
    }
}

/// Why a key list was refused; names the position, never the key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    #[error("holds no key; make one with `concierge keys generate`")]
    Empty,
    #[error("entry {0} is not of the form id:base64key")]
    Form(usize),
    #[error("entry {0}: an id has 1 to 32 characters of a-z, 0-9 and -")]
    Id(usize),
    #[error("entry {0}: the key is not 32 bytes in base64")]
    Bytes(usize),
    #[error("the id {0:?} stands there twice")]
    Twice(String),
}

impl KeyRing {
    /// Reads a comma separated list of `id:base64key`.
    pub fn parse(list: &str) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Key> = Vec::new();
        let entries = list
            .split(',')
            .map(str::trim)
            .filter(|entry| !entry.is_empty());
        for (place, entry) in entries.enumerate() {
            let place = place + 1;
            let (id, encoded) = entry.split_once(':').ok_or(KeyRingError::Form(place))?;
            if !is_id(id) {
                return Err(KeyRingError::Id(place));
            }
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyRingError::Twice(id.to_owned()));
            }
            let decoded = Zeroizing::new(
                STANDARD
                    .decode(encoded.trim())
                    .map_err(|_| KeyRingError::Bytes(place))?,
            );
            let bytes: [u8; KEY_LEN] = decoded
                .as_slice()
                .try_into()
                .map_err(|_| KeyRingError::Bytes(place))?;
            keys.push(Key {
                id: id.to_owned(),
                bytes: Zeroizing::new(bytes),
            });
        }
        if keys.is_empty() {
            Err(KeyRingError::Empty)
        } else {
            Ok(Self(keys))
        }
    }

    pub(super) fn current(&self) -> &Key {
        &self.0[0]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }

    pub(super) fn find(&self, id: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.id == id)
    }
}

/// A new `id:base64key` entry.
pub fn generate_key_line(id: &str) -> Result<SecretString, VaultError> {
    let mut bytes = Zeroizing::new([0u8; KEY_LEN]);
    aws_lc_rs::rand::fill(bytes.as_mut()).map_err(|_| VaultError::Cipher)?;
    Ok(SecretString::from(format!(
        "{id}:{}",
        STANDARD.encode(bytes.as_ref())
    )))
}

fn is_id(id: &str) -> bool {
    (1..=MAX_ID_LEN).contains(&id.len())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn says_what_is_wrong_with_a_list() {
        let good = STANDARD.encode([7u8; KEY_LEN]);
        let cases = [
            (String::new(), KeyRingError::Empty),
            (" , ".into(), KeyRingError::Empty),
            ("abc".into(), KeyRingError::Form(1)),
            (format!("Ab:{good}"), KeyRingError::Id(1)),
            (format!("a:{good},b:short"), KeyRingError::Bytes(2)),
            (
                format!("a:{good},a:{good}"),
                KeyRingError::Twice("a".into()),
            ),
        ];
        for (list, expected) in cases {
            assert_eq!(KeyRing::parse(&list).err(), Some(expected), "{list}");
        }
    }

    #[test]
    fn the_first_key_is_the_current_one() {
        let good = STANDARD.encode([7u8; KEY_LEN]);
        let ring = KeyRing::parse(&format!("new:{good}, old:{good}")).unwrap();
        assert_eq!(ring.current().id(), "new");
        assert!(ring.find("old").is_some());
    }
}
