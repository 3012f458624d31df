//! A connection that stays on loan while it is used again and again.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::{Database, Loan};

/// How long a connection is kept unused.
const KEPT_FOR: Duration = Duration::from_secs(1);
/// How long one is kept that is used all the time: the pool replaces connections that are old.
const KEPT_AT_MOST: Duration = Duration::from_secs(5 * 60);

/// For somebody who does one small thing after the other: a pool asks Postgres about each connection that
/// comes back to it, which costs a third of such a thing. Behind a pooler nothing is kept.
///
/// What is seldom needed is boxed, to keep the futures of the callers small.
pub(crate) struct KeptConnection(Arc<Shared>);

struct Shared {
    db: Database,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    /// The connection, while nobody uses it, and when it was used last.
    loan: Option<(Loan, Instant)>,
    /// Since when it is the same.
    since: Option<Instant>,
    /// Whether a task gives it back once it is not used any more.
    is_watched: bool,
}

impl KeptConnection {
    pub(crate) fn new(db: Database) -> Self {
        let kept = Mutex::default();
        Self(Arc::new(Shared { db, kept }))
    }

    /// The kept connection, or another one if there is none that can be trusted.
    pub(crate) async fn take(&self) -> Result<Loan, sqlx::Error> {
        let kept = self.0.kept().loan.take();
        match kept {
            Some((loan, used)) if !self.0.db.doubt.covers(used.elapsed()) => Ok(loan),
            Some(_) | None => {
                self.0.kept().since = Some(Instant::now());
                Box::pin(self.0.db.acquire_for_write()).await
            }
        }
    }

    /// Keeps what was written, and the connection for its next use.
    pub(crate) async fn keep(&self, loan: Loan) -> Result<(), sqlx::Error> {
        match loan {
            Loan::Pooled(_) => return Box::pin(loan.finish()).await,
            Loan::Direct(_) => {}
        }
        let mut kept = self.0.kept();
        if kept
            .since
            .is_none_or(|since| since.elapsed() > KEPT_AT_MOST)
        {
            return Ok(());
        }
        kept.loan = Some((loan, Instant::now()));
        if !std::mem::replace(&mut kept.is_watched, true) {
            tokio::spawn(watch(self.0.clone()));
        }
        Ok(())
    }

    /// Gives the connection back to the pool.
    pub(crate) fn give_back(&self) {
        let kept = self.0.kept().loan.take();
        drop(kept);
    }
}

/// Gives the connection back once it has not been used for a while.
async fn watch(shared: Arc<Shared>) {
    loop {
        tokio::time::sleep(KEPT_FOR).await;
        let mut kept = shared.kept();
        let in_use = match &kept.loan {
            Some((_, used)) => used.elapsed() < KEPT_FOR,
            None => false, // it is watched again when it comes back
        };
        if !in_use {
            kept.is_watched = false;
            let unused = kept.loan.take();
            drop(kept);
            drop(unused);
            return;
        }
    }
}

impl Shared {
    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
