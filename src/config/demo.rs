//! The configuration of `concierge demo`: decided by the demo, not by the operator.

use std::fs;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::read::{self, Reader};
use super::{Config, Problem, Problems, values};
use crate::procore::Environment;
use crate::vault::generate_key_line;

const KEY_FILE: &str = "encryption-keys";

/// What the demo decides before it can be configured.
#[derive(Clone, Debug)]
pub struct Demo {
    /// Where the demo keeps what must outlive it; exists already.
    pub data_folder: PathBuf,
    pub database_url: SecretString,
    pub listen: SocketAddr,
    /// Where people reach it, for example `http://localhost:8080`.
    pub public_url: Url,
    /// The simulated Procore.
    pub procore: Environment,
}

/// What an operator of the demo may wish.
#[derive(Clone, Debug)]
pub struct Wishes {
    /// Use this Postgres instead of a private one.
    pub database_url: Option<SecretString>,
    pub listen: SocketAddr,
}

impl Wishes {
    /// Reads the wishes from the environment of this process.
    pub fn from_env() -> Result<Self, Problems> {
        let mut settings = Reader::new(&read::env);
        let database_url = settings.optional(&values::DATABASE_URL);
        let wishes = settings.or_default(&values::LISTEN).map(|listen| Self {
            database_url,
            listen,
        });
        settings.finish(wishes)
    }
}

impl Config {
    /// A complete configuration for the demo. The encryption key is made once and kept in the
    /// data folder, readable by its owner alone. Names, log and stall time follow the environment.
    pub fn demo(demo: Demo) -> Result<Self, Problems> {
        let keys = kept_keys(&demo.data_folder).map_err(|error| {
            let path = demo.data_folder.join(KEY_FILE);
            Problems(vec![Problem {
                name: "The demo's encryption key".to_owned(),
                wrong: format!("cannot be kept in {}: {error}", path.display()),
                fix: "Choose a data folder that you may write to.".to_owned(),
            }])
        })?;
        let lookup = |name: &str| match name {
            "DATABASE_URL" => Some(demo.database_url.expose_secret().to_owned()),
            "CONCIERGE_LISTEN" => Some(demo.listen.to_string()),
            "CONCIERGE_PUBLIC_URL" => Some(demo.public_url.to_string()),
            "CONCIERGE_ENCRYPTION_KEYS" => Some(keys.expose_secret().to_owned()),
            "PROCORE_WEBHOOK_NAMESPACE" => Some("concierge-demo".to_owned()),
            name if follows_environment(name) => read::env(name),
            _ => None,
        };
        let mut config = Self::read(&lookup, true)?;
        config.procore_environments = vec![demo.procore.clone()];
        Ok(config)
    }
}

/// Mail and Procore settings do not count: a demo must not reach real people by a variable that
/// was set for something else.
fn follows_environment(name: &str) -> bool {
    let settable = [
        values::METRICS_LISTEN.name,
        values::PRODUCT_NAME.name,
        values::SUPPORT_CONTACT.name,
        values::TRUSTED_PROXIES.name,
        values::STALL_AFTER.name,
        values::RUST_LOG.name,
        values::LOG_FORMAT.name,
    ];
    let name = name.strip_suffix("_FILE").unwrap_or(name);
    settable.contains(&name)
}

fn kept_keys(folder: &Path) -> io::Result<SecretString> {
    let path = folder.join(KEY_FILE);
    match fs::read_to_string(&path) {
        Ok(text) => return Ok(SecretString::from(text)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let line = generate_key_line("demo").map_err(io::Error::other)?;
    // Written aside and renamed, so that a full disk leaves no half key behind.
    let aside = path.with_extension("new");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&aside)?;
    file.write_all(line.expose_secret().as_bytes())?;
    file.sync_all()?;
    fs::rename(&aside, &path)?;
    Ok(line)
}
