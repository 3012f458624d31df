//! Validates what a person types to connect a company.
//!
//! Procore publishes no format for its ids and secrets. Real ones are 43 or 64 characters of
//! letters, digits, `-` and `_`; we refuse only what cannot be one.

use std::fmt;

use super::environment::{Environment, is_procores};
use secrecy::{ExposeSecret, SecretString};

/// The longest client id or secret that is accepted, in characters.
const LONGEST: usize = 256;

/// Trims a typed or pasted text and removes invisible characters.
pub fn clean(text: &str) -> String {
    let visible: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    visible.trim().to_owned()
}

/// Zero-width characters, direction marks, soft hyphen, byte order mark and controls.
/// Line breaks and tabs stay: notes need them, and in a code they show that a sentence was pasted.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180e}' | '\u{feff}'
        | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}')
        || (c.is_control() && !c.is_whitespace())
}

/// The number of a company in Procore.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CompanyId(i64);

/// Why a Company ID was not accepted; the text is shown at the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyIdError {
    Missing,
    NotANumber,
    /// An address, but none of Procore's: its numbers say nothing about a company.
    NotInProcore,
}

impl CompanyId {
    /// No company: for calls that name none.
    pub(crate) const NONE: Self = Self(0);

    /// Parses what a person typed: the number, or an address in Procore that begins with it. The hosts
    /// of the environments on `offer` are Procore's, as are those that it documents.
    pub fn parse(text: &str, offer: &[Environment]) -> Result<Self, CompanyIdError> {
        let text = clean(text);
        if text.is_empty() {
            return Err(CompanyIdError::Missing);
        }
        let text = match host_and_path(&text) {
            Some((host, _)) if !is_procores(host, offer) => {
                return Err(CompanyIdError::NotInProcore);
            }
            Some((_, path)) => number_in_path(path).ok_or(CompanyIdError::NotANumber)?,
            None => &text,
        };
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            return Err(CompanyIdError::NotANumber);
        }
        match text.parse() {
            Ok(id) if id > 0 => Ok(Self(id)),
            Ok(_) | Err(_) => Err(CompanyIdError::NotANumber),
        }
    }

    /// An id that was validated before, read back from storage.
    pub fn trusted(id: i64) -> Self {
        Self(id)
    }

    pub fn get(self) -> i64 {
        self.0
    }
}

/// The host and what follows it, where the text is an address.
fn host_and_path(text: &str) -> Option<(&str, &str)> {
    let (scheme, address) = text.split_once("://").unwrap_or(("", text));
    let (authority, path) = match address.split_once('/') {
        Some(parts) => parts,
        None if scheme.is_empty() => return None,
        None => (address, ""),
    };
    let host = authority.rsplit_once('@').map_or(authority, |(_, it)| it);
    let host = host.rsplit_once(':').map_or(host, |(it, _)| it);
    Some((host, path))
}

/// The first part of a path that is a number: the company, before any project.
fn number_in_path(path: &str) -> Option<&str> {
    let path = path.split(['?', '#']).next()?;
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    path.split('/').find(is_number)
}

impl fmt::Display for CompanyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The public half of a pair of credentials; at most its first four characters are shown to
/// people outside the firm.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ClientId(String);

/// Why a Client ID was not accepted; the text is shown at the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientIdError {
    Missing,
    NotACode,
    TooLong,
}

impl ClientId {
    /// Parses what a person typed.
    pub fn parse(text: &str) -> Result<Self, ClientIdError> {
        match Code::parse(text) {
            Ok(code) => Ok(Self(code.0)),
            Err(NoCode::Missing) => Err(ClientIdError::Missing),
            Err(NoCode::NotACode) => Err(ClientIdError::NotACode),
            Err(NoCode::TooLong) => Err(ClientIdError::TooLong),
        }
    }

    /// An id that was validated before, read back from storage.
    pub fn trusted(id: String) -> Self {
        Self(id)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first four characters, for people who may not see all of it.
    pub(crate) fn hint(&self) -> String {
        self.0.chars().take(4).collect()
    }
}

/// The secret half of a pair of credentials. Never shown: `Debug` hides it.
#[derive(Clone)]
pub struct ClientSecret(SecretString);

/// Why a client secret was not accepted; the text is shown at the field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientSecretError {
    Missing,
    NotACode,
    TooLong,
}

impl ClientSecret {
    /// Parses what a person typed.
    pub fn parse(text: &str) -> Result<Self, ClientSecretError> {
        match Code::parse(text) {
            Ok(code) => Ok(Self(code.0.into())),
            Err(NoCode::Missing) => Err(ClientSecretError::Missing),
            Err(NoCode::NotACode) => Err(ClientSecretError::NotACode),
            Err(NoCode::TooLong) => Err(ClientSecretError::TooLong),
        }
    }

    /// A secret that was validated before, just unsealed.
    pub fn trusted(secret: SecretString) -> Self {
        Self(secret)
    }

    /// The wrapped secret, for sealing it.
    pub fn secret(&self) -> &SecretString {
        &self.0
    }

    /// Whether a person entered the same code in both fields.
    pub(crate) fn equals(&self, id: &ClientId) -> bool {
        self.0.expose_secret() == id.as_str()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(hidden)")
    }
}

/// Text that can be a client id or secret: printable, without spaces.
struct Code(String);

enum NoCode {
    Missing,
    NotACode,
    TooLong,
}

impl Code {
    fn parse(text: &str) -> Result<Self, NoCode> {
        let text = clean(text);
        if text.is_empty() {
            return Err(NoCode::Missing);
        }
        let one_piece = text.chars().all(|c| c.is_ascii_graphic());
        let address =
            text.contains("://") || text.starts_with("www.") || text.contains(".procore.");
        if !one_piece || address {
            return Err(NoCode::NotACode);
        }
        if text.len() > LONGEST {
            return Err(NoCode::TooLong);
        }
        Ok(Self(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_copying_adds_is_removed() {
        assert_eq!(clean(" \u{feff}ab\u{200b}c\u{a0}\r\n"), "abc");
        assert_eq!(
            CompanyId::parse("\u{a0}5358233\u{200e} ", &[])
                .unwrap()
                .get(),
            5_358_233
        );
        assert_eq!(
            ClientId::parse("\u{2060}Ab-9_\n").unwrap().as_str(),
            "Ab-9_"
        );
    }

    #[test]
    fn a_company_id_is_a_positive_number() {
        assert_eq!(
            CompanyId::parse("562949953421312", &[]).unwrap().get(),
            562_949_953_421_312
        );
        let missing = CompanyId::parse(" \u{200b}", &[]);
        assert_eq!(missing, Err(CompanyIdError::Missing));
        for text in [
            "0",
            "-5",
            "+5",
            "12a",
            "1 2",
            "٣",
            "9223372036854775808",
            "https://app.procore.com/",
            "https://app.procore.com/company/home?id=1",
        ] {
            assert_eq!(
                CompanyId::parse(text, &[]),
                Err(CompanyIdError::NotANumber),
                "{text}"
            );
        }
    }

    #[test]
    fn an_address_in_procore_names_the_company() {
        let (here, host) = ("http://127.0.0.1:8091", "https://procore.host.example");
        let offered = [
            Environment::new("simulator", here, here, here).unwrap(),
            Environment::new("own", host, host, host).unwrap(),
        ];
        for address in [
            "https://app.procore.com/5358233/company/home",
            "us02.procore.com/5358233/company/home/list?view=1",
            "http://127.0.0.1:8091/5358233",
            "https://procore.host.example/5358233",
            "https://login.procoregov.com/5358233",
            "https://app.procore.com/webclients/host/companies/5358233/projects/77/tools",
        ] {
            assert_eq!(
                CompanyId::parse(address, &offered).map(CompanyId::get),
                Ok(5_358_233),
                "{address}"
            );
        }
    }

    #[test]
    fn an_address_elsewhere_names_no_company() {
        for address in [
            "https://procore.com.example/5358233/company/home",
            "https://notprocore.com/5358233",
            "https://www.procore.example/5358233",
            "https://app.procore.com@evil.example/5358233",
            "http://127.0.0.1:8091/5358233",
            "mail.example.com/5358233/inbox",
            "https://github.com/5358233",
        ] {
            let parsed = CompanyId::parse(address, &[]);
            assert_eq!(parsed, Err(CompanyIdError::NotInProcore), "{address}");
        }
    }

    #[test]
    fn a_code_is_in_one_piece_and_no_address() {
        for text in [
            "a b",
            "Copy this\ncode",
            "https://login.procore.com",
            "www.procore.com",
            "app.procore.com/1",
            "“ab”",
        ] {
            assert_eq!(
                ClientId::parse(text),
                Err(ClientIdError::NotACode),
                "{text}"
            );
            assert_eq!(
                ClientSecret::parse(text).unwrap_err(),
                ClientSecretError::NotACode,
                "{text}"
            );
        }
        assert_eq!(
            ClientId::parse(&"a".repeat(257)),
            Err(ClientIdError::TooLong)
        );
        assert_eq!(
            ClientSecret::parse("").unwrap_err(),
            ClientSecretError::Missing
        );
        for text in [
            "a".repeat(64),
            "x-_Z9".to_owned(),
            "old.style+code=".to_owned(),
        ] {
            assert!(ClientId::parse(&text).is_ok(), "{text}");
        }
    }

    #[test]
    fn the_secret_is_compared_but_never_shown() {
        let secret = ClientSecret::parse("s3cr3t").unwrap();
        assert!(secret.equals(&ClientId::parse("s3cr3t").unwrap()));
        assert!(!secret.equals(&ClientId::parse("other").unwrap()));
        assert!(!format!("{secret:?}").contains("s3cr3t"));
    }
}
