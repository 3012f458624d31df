//! Unguessable endpoint addresses that name their owner.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::VaultError;
use crate::identity::FirmId;

const ID: usize = 16;
const RANDOM: usize = 16;

/// A new address for `owner`: its id and 128 random bits, as 43 URL-safe characters. The id limits
/// the lookup to the owner's rows; the rest is unguessable.
pub fn new_endpoint(owner: FirmId) -> Result<SecretString, VaultError> {
    let mut bytes = Zeroizing::new([0u8; ID + RANDOM]);
    bytes[..ID].copy_from_slice(owner.0.as_bytes());
    aws_lc_rs::rand::fill(&mut bytes[ID..]).map_err(|_| VaultError::Cipher)?;
    Ok(SecretString::from(URL_SAFE_NO_PAD.encode(bytes.as_ref())))
}

/// Whose address it says it is; whether it is one of theirs, only their rows can tell.
pub(crate) fn owner_of_endpoint(endpoint: &SecretString) -> Option<FirmId> {
    let mut bytes = Zeroizing::new([0u8; ID + RANDOM]);
    let length = URL_SAFE_NO_PAD
        .decode_slice(endpoint.expose_secret(), bytes.as_mut())
        .ok()?;
    if length == bytes.len() {
        Uuid::from_slice(&bytes[..ID]).ok().map(FirmId)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_its_owner_and_no_two_are_the_same() {
        let owner = FirmId(Uuid::new_v4());
        let (one, other) = (new_endpoint(owner).unwrap(), new_endpoint(owner).unwrap());
        assert_eq!(owner_of_endpoint(&one), Some(owner));
        assert_eq!(owner_of_endpoint(&other), Some(owner));
        assert_ne!(one.expose_secret(), other.expose_secret());
        assert_eq!(one.expose_secret().len(), 43);
    }

    #[test]
    fn anything_else_has_no_owner() {
        for text in [
            "",
            "short",
            "a b",
            &"A".repeat(42),
            &"A".repeat(44),
            &"é".repeat(43),
        ] {
            assert_eq!(owner_of_endpoint(&SecretString::from(text)), None, "{text}");
        }
    }
}
