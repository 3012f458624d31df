//! The data folder: what must outlive the demo's process, and the lock on it.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::config::write_private;
use crate::details::SignIn;
use crate::private_postgres;

const DEFAULT: &str = "data/demo";
/// For root with a project that other accounts may not enter, such as one under /root.
const DEFAULT_OF_ROOT: &str = "/var/lib/concierge/demo";

const POSTGRES: &str = "postgres";
const SIMULATOR: &str = "procore-sandbox";
const KEPT: &str = "demo.json";
const KEYS: &str = "encryption-keys";

/// The demo's data folder; nobody else uses it while this value lives.
pub(crate) struct DataFolder {
    path: PathBuf,
    _lock: File,
}

/// What is decided once and must stay: webhooks know our port, people their password.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Kept {
    pub port: Option<u16>,
    pub procore_port: Option<u16>,
    pub admin: SignIn,
    pub support: SignIn,
    /// Of the support person's second factor, once it is set up.
    pub authenticator_key: Option<String>,
}

impl DataFolder {
    /// Opens the folder that was wished for, or the default one, and empties it on `reset`.
    pub(crate) async fn open(wished: Option<PathBuf>, reset: bool) -> Result<Self> {
        let path = match wished {
            Some(path) => path,
            None => default_folder().await?,
        };
        let path = std::path::absolute(&path)?;
        fs::create_dir_all(&path).map_err(|error| unwritable(&path, error))?;
        let lock = path.join("lock");
        let lock = File::create(&lock).map_err(|error| unwritable(&lock, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!(
                "A demo is running on {}: stop that one (Ctrl-C), or choose another folder with --data",
                path.display()
            ),
            Err(TryLockError::Error(error)) => return Err(unwritable(&path, error)),
        }
        let folder = Self { path, _lock: lock };
        if reset {
            folder.reset().await?;
        }
        Ok(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn postgres(&self) -> PathBuf {
        self.path.join(POSTGRES)
    }

    pub(crate) fn simulator(&self) -> PathBuf {
        self.path.join(SIMULATOR)
    }

    /// What an earlier run decided.
    pub(crate) fn kept(&self) -> Result<Option<Kept>> {
        let path = self.path.join(KEPT);
        match fs::read_to_string(&path) {
            Ok(text) => serde_json::from_str(&text)
                .map(Some)
                .with_context(|| format!("{} is damaged: start over with --reset", path.display())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unwritable(&path, error)),
        }
    }

    /// Keeps it for the next run, whole or not at all, readable by its owner alone.
    pub(crate) fn keep(&self, kept: &Kept) -> Result<()> {
        let path = self.path.join(KEPT);
        let text = serde_json::to_string_pretty(kept)?;
        write_private(&path, &text).map_err(|error| unwritable(&path, error))
    }

    /// Removes what a demo makes, and nothing else: the folder may be somebody's home.
    async fn reset(&self) -> Result<()> {
        private_postgres::remove(&self.postgres()).await?;
        for name in [SIMULATOR, KEPT, KEYS] {
            let path = self.path.join(name);
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(&path),
                false => fs::remove_file(&path),
            };
            match removed {
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    return Err(unwritable(&path, error));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

impl Kept {
    /// A fresh start.
    pub(crate) fn new() -> Self {
        let person = |email: &str| SignIn {
            email: email.to_owned(),
            password: password(),
        };
        Self {
            port: None,
            procore_port: None,
            admin: person("admin@harborlane.example"),
            support: person("support@concierge.example"),
            authenticator_key: None,
        }
    }
}

/// Hard to guess, as the demo may listen on a network, and easy to type.
fn password() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("demo-{}-{}-{}", &random[..4], &random[4..8], &random[8..12])
}

async fn default_folder() -> Result<PathBuf> {
    match private_postgres::can_live_in(Path::new(DEFAULT)).await {
        Ok(()) => Ok(DEFAULT.into()),
        Err(private_postgres::Error::NotReachable { .. }) => Ok(DEFAULT_OF_ROOT.into()),
        Err(error) => Err(error.into()),
    }
}

/// What to do when the folder cannot be written to.
pub(crate) fn unwritable(path: &Path, error: io::Error) -> anyhow::Error {
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            anyhow!(
                "The disk is full: free about 100 MB, then start again ({})",
                path.display()
            )
        }
        _ => anyhow!(
            "{} cannot be used ({error}): choose a folder that you may write to with --data",
            path.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_differ_and_are_long_enough() {
        let (one, other) = (password(), password());
        assert_ne!(one, other);
        assert_eq!(one.len(), 19);
    }
}
