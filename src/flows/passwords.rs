//! Hashing and comparing passwords, off the threads that answer requests.

use secrecy::SecretString;
use tokio::sync::Semaphore;

use super::Error;
use crate::vault::{VaultError, password};

/// Passwords hashed at the same time: each takes 19 MiB and a core for a moment.
static AT_A_TIME: Semaphore = Semaphore::const_new(2);

/// Hashes an accepted password.
pub(super) async fn hash(plain: &SecretString) -> Result<SecretString, Error> {
    let plain = plain.clone();
    Ok(slowly(move || password::hash(&plain)).await?)
}

/// Whether `plain` is the password behind `hash`; takes as long where there is none.
pub(super) async fn verify(
    plain: &SecretString,
    hash: Option<&SecretString>,
) -> Result<bool, Error> {
    let (plain, hash) = (plain.clone(), hash.cloned());
    Ok(slowly(move || password::verify(&plain, hash.as_ref())).await?)
}

async fn slowly<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, VaultError> + Send + 'static,
) -> Result<T, VaultError> {
    let _turn = AT_A_TIME
        .acquire()
        .await
        .map_err(|_| VaultError::Password)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|_| VaultError::Password)?
}
