//! Signs texts that somebody else keeps for us.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use secrecy::{ExposeSecret, SecretString};

use super::Vault;
use super::keys::Key;

impl Vault {
    /// `text.signature`. `label` says what the text is for: it counts for nothing else.
    pub(crate) fn sign(&self, label: &str, text: &str) -> SecretString {
        let signature = hmac::sign(&signing_key(self.keys.current(), label), text.as_bytes());
        let signature = URL_SAFE_NO_PAD.encode(signature);
        SecretString::from(format!("{text}.{signature}"))
    }

    /// The text of what [`Vault::sign`] made for the same `label`, with any key of the ring.
    pub(crate) fn signed<'a>(&self, label: &str, signed: &'a SecretString) -> Option<&'a str> {
        let (text, signature) = signed.expose_secret().rsplit_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        let mut keys = self.keys.iter().map(|key| signing_key(key, label));
        let is_signed = keys.any(|key| hmac::verify(&key, text.as_bytes(), &signature).is_ok());
        is_signed.then_some(text)
    }
}

/// A key of its own for each label.
fn signing_key(key: &Key, label: &str) -> hmac::Key {
    let root = hmac::Key::new(hmac::HMAC_SHA256, key.bytes());
    let derived = hmac::sign(&root, format!("signature\0{label}").as_bytes());
    hmac::Key::new(hmac::HMAC_SHA256, derived.as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vault::{KeyRing, generate_key_line};

    #[test]
    fn only_what_was_signed_for_the_label_with_one_of_our_keys_is_believed() {
        let line = |id| generate_key_line(id).unwrap().expose_secret().to_owned();
        let (old, new) = (line("old"), line("new"));
        let vault = |lines: &str| Vault::new(KeyRing::parse(lines).unwrap());
        let (before, after) = (vault(&old), vault(&format!("{new},{old}")));

        let signed = before.sign("device", "ada.1");
        assert_eq!(after.signed("device", &signed), Some("ada.1"));
        assert_eq!(vault(&new).signed("device", &signed), None, "another key");
        assert_eq!(before.signed("letter", &signed), None, "another label");
        for forged in [
            signed.expose_secret().replace("ada", "bob"),
            "ada.1".to_owned(),
            "ada.1.".to_owned(),
            String::new(),
        ] {
            let forged = SecretString::from(forged);
            assert_eq!(before.signed("device", &forged), None);
        }
    }
}
