//! E-mail addresses.

use std::fmt;

/// An address as it is stored and compared: trimmed, lower case.
///
/// `Debug` hides it, because addresses are not for logs.
#[derive(Clone, PartialEq, Eq, Hash, sqlx::Type)]
#[sqlx(transparent)]
pub struct Email(String);

/// Why a text is not an address; the message is shown at the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailError {
    Missing,
    Form,
    TooLong,
}

impl std::error::Error for EmailError {}

/// The longest address that can be delivered to: RFC 5321, 4.5.3.1.3, less the angle brackets.
const LONGEST: usize = 254;

impl Email {
    /// Parses what was typed. A mail proves that the address exists, so only what cannot be an
    /// address is refused.
    pub fn parse(typed: &str) -> Result<Self, EmailError> {
        let address: String = typed.trim().to_lowercase();
        if address.is_empty() {
            return Err(EmailError::Missing);
        }
        if address.len() > LONGEST {
            return Err(EmailError::TooLong);
        }
        let (local, domain) = address.rsplit_once('@').ok_or(EmailError::Form)?;
        let labels_are_good = domain.split('.').all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        });
        let local_is_good = !local.is_empty()
            && local.len() <= 64
            && !local.starts_with('.')
            && !local.ends_with('.')
            && !local.contains("..")
            && local
                .chars()
                .all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c));
        if local_is_good && labels_are_good && domain.contains('.') {
            Ok(Self(address))
        } else {
            Err(EmailError::Form)
        }
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_trimmed_and_in_lower_case() {
        let email = Email::parse("  Ada.Lovelace+site@Example.COM ").unwrap();
        assert_eq!(email.as_str(), "ada.lovelace+site@example.com");
        assert_eq!(format!("{email:?}"), "Email");
    }

    #[test]
    fn what_cannot_be_an_address_is_refused() {
        let long = format!("{}@example.com", "a".repeat(250));
        let cases = [
            ("", EmailError::Missing),
            ("   ", EmailError::Missing),
            ("ada", EmailError::Form),
            ("ada@", EmailError::Form),
            ("@example.com", EmailError::Form),
            ("ada@localhost", EmailError::Form),
            ("ada@example..com", EmailError::Form),
            ("ada@-example.com", EmailError::Form),
            ("a da@example.com", EmailError::Form),
            ("ada@exam ple.com", EmailError::Form),
            ("ada@example.com\nBcc: x@example.com", EmailError::Form),
            ("ada@@example.com", EmailError::Form),
            ("<ada@example.com>", EmailError::Form),
            (".ada@example.com", EmailError::Form),
            (long.as_str(), EmailError::TooLong),
        ];
        for (typed, expected) in cases {
            assert_eq!(Email::parse(typed).err(), Some(expected), "{typed:?}");
        }
    }
}
