//! The demo's configuration: decided by the demo, not by an operator.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;
use concierge::cli::Failure;
use concierge::config::{self, Config, Log, VendorApp};
use concierge::procore::{ClientId, ClientSecret, Environment};
use concierge::vault::generate_key_line;
use procore_sandbox::{CLIENT_ID, CLIENT_SECRET};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

const ENVIRONMENT: &str = "simulated";
const KEY_FILE: &str = "encryption-keys";

/// What follows the environment, each also as `NAME_FILE`. Mail and Procore settings do not: a demo
/// must not reach real people by a variable that was set for something else.
const FOLLOWED: [&str; 11] = [
    "CONCIERGE_METRICS_LISTEN",
    "CONCIERGE_PRODUCT_NAME",
    "CONCIERGE_SUPPORT_CONTACT",
    "CONCIERGE_HELP_URL",
    "CONCIERGE_LOGO_FILE",
    "CONCIERGE_ACCENT",
    "CONCIERGE_TRUSTED_PROXIES",
    "CONCIERGE_PROXY_HEADER",
    "CONCIERGE_STALL_AFTER",
    "CONCIERGE_LOG_FORMAT",
    "RUST_LOG",
];

/// What the demo decides before it can be configured.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    /// Where the demo keeps what must outlive it; exists already.
    pub data_folder: PathBuf,
    pub database_url: SecretString,
    pub listen: SocketAddr,
    /// Where people reach it, for example `http://localhost:8080`.
    pub public_url: Url,
    /// The simulated Procore.
    pub procore: Url,
    /// Its app is the vendor's.
    pub has_vendor_app: bool,
}

/// The Postgres to use instead of a private one, where one is named.
pub(crate) fn database_url() -> Result<Option<SecretString>, Failure> {
    let is_set = |name| env(name).is_some_and(|value| !value.trim().is_empty());
    if is_set("DATABASE_URL") || is_set("DATABASE_URL_FILE") {
        Ok(Some(config::database_url_from_env()?))
    } else {
        Ok(None)
    }
}

/// A complete configuration. The encryption key is made once and kept in the data folder, readable
/// by its owner alone.
pub(crate) fn complete(decided: Decided) -> Result<Config, Failure> {
    let keys = kept_keys(&decided.data_folder).with_context(|| {
        let path = decided.data_folder.join(KEY_FILE);
        format!(
            "The demo's encryption key cannot be kept in {}",
            path.display()
        )
    })?;
    let mut config = Config::from_lookup(|name| match name {
        "DATABASE_URL" => Some(decided.database_url.expose_secret().to_owned()),
        "CONCIERGE_LISTEN" => Some(decided.listen.to_string()),
        "CONCIERGE_PUBLIC_URL" => Some(decided.public_url.to_string()),
        "CONCIERGE_ENCRYPTION_KEYS" => Some(keys.expose_secret().to_owned()),
        "PROCORE_WEBHOOK_NAMESPACE" => Some("concierge-demo".to_owned()),
        name if is_followed(name) => env(name),
        _ => None,
    })?;
    config.demo = true;
    if decided.has_vendor_app {
        config.vendor_apps = vec![vendor_app()];
    }
    config.procore_environments = vec![Environment {
        name: ENVIRONMENT.to_owned(),
        login: decided.procore.clone(),
        api: decided.procore.clone(),
        web: decided.procore,
    }];
    if config.log == Log::default() {
        config.log.filter = "warn".to_owned(); // the addresses must stay in sight
    }
    Ok(config)
}

/// The simulated Procore's app, as if it were the vendor's own.
fn vendor_app() -> VendorApp {
    VendorApp {
        environment: ENVIRONMENT.to_owned(),
        client_id: ClientId::trusted(CLIENT_ID.to_owned()),
        client_secret: ClientSecret::trusted(SecretString::from(CLIENT_SECRET)),
        version_key: Some(procore_sandbox::first_version_key(CLIENT_ID)),
        listing: None,
    }
}

fn is_followed(name: &str) -> bool {
    let is_listed = |name| FOLLOWED.contains(&name);
    is_listed(name) || name.strip_suffix("_FILE").is_some_and(is_listed)
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
fn env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

fn kept_keys(folder: &Path) -> io::Result<SecretString> {
    let path = folder.join(KEY_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(SecretString::from(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let line = generate_key_line("demo").map_err(io::Error::other)?;
    write_private(&path, line.expose_secret())?;
    Ok(line)
}

/// Writes a file for its owner alone. It is written aside and renamed, so that a full disk leaves no
/// half file behind.
pub(crate) fn write_private(path: &Path, text: &str) -> io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_demo_keeps_its_key_and_has_no_outward_connections() {
        let folder = tempfile::tempdir().unwrap();
        let decided = Decided {
            data_folder: folder.path().to_owned(),
            database_url: SecretString::from("postgres://localhost/demo"),
            listen: "127.0.0.1:0".parse().unwrap(),
            public_url: "http://localhost:8080".parse().unwrap(),
            procore: "http://localhost:1".parse().unwrap(),
            has_vendor_app: false,
        };
        let first = complete(decided.clone()).unwrap();
        let key = fs::read_to_string(folder.path().join(KEY_FILE)).unwrap();
        let second = complete(decided).unwrap();

        assert_eq!(
            fs::read_to_string(folder.path().join(KEY_FILE)).unwrap(),
            key
        );
        assert!(first.demo && second.demo);
        assert!(first.smtp.is_none());
        assert_eq!(first.procore_environments.len(), 1);
        assert_eq!(first.procore_environments[0].name, "simulated");
    }

    #[test]
    fn the_listed_settings_are_followed_also_from_files_and_no_others() {
        for name in FOLLOWED {
            assert!(is_followed(name), "{name}");
            assert!(is_followed(&format!("{name}_FILE")), "{name}_FILE");
        }
        for name in [
            "CONCIERGE_LOGO",
            "CONCIERGE_SMTP_URL",
            "PROCORE_ENVIRONMENTS_FILE",
        ] {
            assert!(!is_followed(name), "{name}");
        }
    }
}
