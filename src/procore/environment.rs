//! Which Procore we talk to: the hosts of each environment.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

/// One Procore environment: where tokens are fetched, where the API answers and what people see.
///
/// Tokens and credentials never cross environments. An on-demand sandbox is production with
/// another company id, so it is not an environment of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// Short name, stored with what was verified there: `production`, `sandbox`, or a custom name.
    pub name: String,
    /// Base of the OAuth endpoints.
    pub login: Url,
    /// Base of the REST API; the only host that ever receives an access token.
    pub api: Url,
    /// Base of the pages people see, for links.
    pub web: Url,
}

/// Why a host or a custom environment was refused. Each text says what to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvironmentError {
    #[error("the name '{0}' is not usable: use a-z, 0-9 and '-'")]
    Name(String),
    #[error("'{0}' needs three addresses: login|api|web")]
    Parts(String),
    #[error("'{0}' is not an address: write it like https://api.procore.com")]
    NotAnAddress(String),
    #[error("'{0}' must be https; plain http is only for this machine (loopback)")]
    NotHttps(String),
    #[error("'{0}' must be a bare address, without user, path, query or fragment")]
    NotBare(String),
}

/// Name, login, API and web host of the environments that Procore documents.
const KNOWN: [(&str, [&str; 3]); 4] = [
    (
        "production",
        [
            "https://login.procore.com",
            "https://api.procore.com",
            "https://app.procore.com",
        ],
    ),
    (
        "sandbox",
        [
            "https://login-sandbox.procore.com",
            "https://sandbox.procore.com",
            "https://sandbox.procore.com",
        ],
    ),
    (
        "monthly",
        [
            "https://login-sandbox-monthly.procore.com",
            "https://api-monthly.procore.com",
            "https://api-sandbox-monthly.procore.com",
        ],
    ),
    (
        "federal",
        [
            "https://login.procoregov.com",
            "https://api.procoregov.com",
            "https://app.procoregov.com",
        ],
    ),
];

impl Environment {
    /// One of Procore's documented environments: `production`, `sandbox` (the developer sandbox),
    /// `monthly` or `federal`.
    pub fn known(name: &str) -> Option<Self> {
        let (name, [login, api, web]) = KNOWN.iter().find(|(known, _)| *known == name)?;
        Self::new(name, login, api, web).ok()
    }

    /// An environment of one's own, its three hosts written as `login|api|web`.
    pub(crate) fn custom(name: &str, hosts: &str) -> Result<Self, EnvironmentError> {
        let parts: Vec<&str> = hosts.split('|').map(str::trim).collect();
        match parts[..] {
            [login, api, web] => Self::new(name, login, api, web),
            _ => Err(EnvironmentError::Parts(name.to_owned())),
        }
    }

    /// An environment from its name and three hosts.
    pub fn new(name: &str, login: &str, api: &str, web: &str) -> Result<Self, EnvironmentError> {
        let usable = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        if name.is_empty() || !name.chars().all(usable) {
            return Err(EnvironmentError::Name(name.to_owned()));
        }
        Ok(Self {
            name: name.to_owned(),
            login: parse_host(login)?,
            api: parse_host(api)?,
            web: parse_host(web)?,
        })
    }
}

impl Environment {
    /// Whether people see pages of Procore's on this host in this environment: its own hosts, and the
    /// zones beside them, such as `us02.procore.com`.
    fn has_page_on(&self, host: &str) -> bool {
        let own = [&self.web, &self.login]
            .into_iter()
            .filter_map(|url| url.host());
        own.into_iter().any(|own| match own {
            Host::Domain(own) => {
                let zone = own.split_once('.').filter(|(_, zone)| zone.contains('.'));
                let is_in = |(_, zone): (&str, &str)| {
                    host.strip_suffix(zone).is_some_and(|it| it.ends_with('.'))
                };
                host == own || zone.is_some_and(is_in)
            }
            own => host == own.to_string(),
        })
    }
}

/// Whether a host is one of Procore's own: of the environments on offer, or of those that Procore
/// documents.
pub(super) fn is_procores(host: &str, offered: &[Environment]) -> bool {
    let known = KNOWN
        .iter()
        .filter_map(|(name, _)| Environment::known(name));
    let host = host.to_ascii_lowercase();
    offered
        .iter()
        .cloned()
        .chain(known)
        .any(|environment| environment.has_page_on(&host))
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// Reads the address of one Procore host: https, or plain http to this machine, nothing behind it.
pub(crate) fn parse_host(text: &str) -> Result<Url, EnvironmentError> {
    let text = text.trim();
    let url = Url::parse(text).map_err(|_| EnvironmentError::NotAnAddress(shown(text)))?;
    let Some(host) = url.host() else {
        return Err(EnvironmentError::NotAnAddress(shown(text)));
    };
    match url.scheme() {
        "https" => {}
        "http" if is_loopback(&host) => {}
        "http" => return Err(EnvironmentError::NotHttps(shown(text))),
        _ => return Err(EnvironmentError::NotAnAddress(shown(text))),
    }
    let bare = url.username().is_empty()
        && url.password().is_none()
        && url.path() == "/"
        && url.query().is_none()
        && url.fragment().is_none();
    if !bare {
        return Err(EnvironmentError::NotBare(shown(text)));
    }
    Ok(url)
}

/// Whether a host is the loopback.
pub(super) fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost" || name.ends_with(".localhost"),
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

/// The text as an error may show it: an address can carry a password before its `@`.
fn shown(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) => format!("…@{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_documented_environment_is_complete() {
        for (name, _) in KNOWN {
            let environment = Environment::known(name).expect(name);
            assert_eq!(environment.name, name);
            assert_eq!(environment.login.scheme(), "https");
        }
        let production = Environment::known("production").unwrap();
        assert_eq!(production.login.as_str(), "https://login.procore.com/");
        assert_eq!(production.api.as_str(), "https://api.procore.com/");
        assert_eq!(Environment::known("staging"), None);
    }

    #[test]
    fn an_environment_of_ones_own_is_read() {
        let own = Environment::custom(
            "rehearsal",
            "http://127.0.0.1:9090 | http://localhost:9090|http://[::1]:9090",
        )
        .unwrap();
        assert_eq!(own.name, "rehearsal");
        assert_eq!(own.api.as_str(), "http://localhost:9090/");
    }

    #[test]
    fn mistakes_are_named() {
        let https = "https://a.example";
        let custom = |name, hosts: &str| Environment::custom(name, hosts).unwrap_err();
        assert_eq!(custom("x", https), EnvironmentError::Parts("x".into()));
        assert_eq!(
            custom("My own", "a|b|c"),
            EnvironmentError::Name("My own".into())
        );
        assert_eq!(
            custom("x", &format!("{https}|http://a.example|{https}")),
            EnvironmentError::NotHttps("http://a.example".into())
        );
        assert_eq!(
            custom("x", &format!("{https}|{https}/rest|{https}")),
            EnvironmentError::NotBare("https://a.example/rest".into())
        );
        assert_eq!(
            custom("x", &format!("{https}|api|{https}")),
            EnvironmentError::NotAnAddress("api".into())
        );
        assert_eq!(
            custom("x", &format!("{https}|ftp://a.example|{https}")),
            EnvironmentError::NotAnAddress("ftp://a.example".into())
        );
    }

    #[test]
    fn an_error_never_repeats_a_password() {
        let error = parse_host("https://me:hunter2@a.example")
            .unwrap_err()
            .to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
}
