//! Hashes and compares passwords, off the threads that answer requests and a few at a time.

use std::sync::{Arc, Mutex};

use secrecy::SecretString;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::vault::VaultError;
use crate::vault::password::Workspace;

/// Passwords hashed at the same time: each takes 19 MiB and a core for a moment.
const AT_A_TIME: usize = 2;
/// Requests that may wait for that. At about 30 ms a password, the last one waits a second.
const WAITING: usize = 64;

/// Too many passwords wait to be hashed; trying again a little later helps.
#[derive(Debug, thiserror::Error)]
#[error("too many passwords are being hashed at once")]
pub struct Busy;

/// Hashes a few passwords at a time in memory that is allocated once, and lets a bounded number
/// wait, so that a flood of sign-ins takes neither the memory nor the threads of the process.
pub struct Passwords {
    queue: Semaphore,
    places: Arc<Semaphore>,
    workspaces: Arc<Mutex<Vec<Workspace>>>,
}

/// A place in the queue of one request, which may hash several passwords one after the other.
pub struct Queued<'a> {
    passwords: &'a Passwords,
    _place: SemaphorePermit<'a>,
}

impl Passwords {
    pub(super) fn new() -> Self {
        Self {
            queue: Semaphore::new(AT_A_TIME + WAITING),
            places: Arc::new(Semaphore::new(AT_A_TIME)),
            workspaces: Arc::default(),
        }
    }

    /// Takes a place in the queue. Asked for before an attempt is counted: one that was turned away
    /// for want of room is nobody's wrong password.
    pub fn queue(&self) -> Result<Queued<'_>, Busy> {
        Ok(Queued {
            passwords: self,
            _place: self.queue.try_acquire().map_err(|_| Busy)?,
        })
    }
}

impl Queued<'_> {
    /// Hashes an accepted password.
    pub async fn hash(&self, plain: &SecretString) -> Result<SecretString, VaultError> {
        let plain = plain.clone();
        self.run(move |workspace| workspace.hash(&plain)).await
    }

    /// Whether `plain` is the password behind `hash`; takes as long where there is none.
    pub async fn verify(
        &self,
        plain: &SecretString,
        hash: Option<&SecretString>,
    ) -> Result<bool, VaultError> {
        let (plain, hash) = (plain.clone(), hash.cloned());
        self.run(move |workspace| workspace.verify(&plain, hash.as_ref()))
            .await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Workspace) -> Result<T, VaultError> + Send + 'static,
    ) -> Result<T, VaultError> {
        let place = self.passwords.places.clone().acquire_owned().await;
        let place = place.map_err(|_| VaultError::Password)?;
        let workspaces = self.passwords.workspaces.clone();
        let worked = tokio::task::spawn_blocking(move || {
            let kept = || workspaces.lock().ok()?.pop();
            let mut workspace = kept().unwrap_or_default();
            let result = work(&mut workspace);
            if let Ok(mut workspaces) = workspaces.lock() {
                workspaces.push(workspace);
            }
            drop(place); // held here, since a client that hangs up ends the request, not the work
            result
        });
        worked.await.map_err(|_| VaultError::Password)?
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::join_all;

    use super::*;

    #[tokio::test]
    async fn a_flood_is_turned_away_and_uses_the_same_memory() {
        let passwords = Passwords::new();
        let password = SecretString::from("correct horse battery staple");
        let attempts = (0..200).map(async |_| match passwords.queue() {
            Ok(queued) => queued.verify(&password, None).await.map(Some),
            Err(Busy) => Ok(None),
        });
        let results: Vec<_> = join_all(attempts).await;
        let turned_away = results.iter().filter(|result| matches!(result, Ok(None)));
        assert_eq!(turned_away.count(), 200 - AT_A_TIME - WAITING);
        assert!(
            results
                .iter()
                .all(|result| !matches!(result, Ok(Some(true)) | Err(_)))
        );
        assert!(passwords.workspaces.lock().unwrap().len() <= AT_A_TIME);
        assert!(passwords.queue().is_ok(), "later attempts get through");
    }
}
