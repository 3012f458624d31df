//! The loop that does what is due; knows no business.
//!
//! Work lies in the table `work` and is taken for a short while (a lease), which is renewed as long
//! as it is being done: the work of a process that was killed is taken over when the lease lapses.
//! It is done at least once, so a worker first looks at the current state. Every kind has
//! places of its own, so none stands behind another, and no firm may hold them all.

mod listener;

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use anyhow::anyhow;
use async_trait::async_trait;
use chrono::TimeDelta;
use futures_util::FutureExt;
use secrecy::SecretString;
use tokio::sync::{Notify, OnceCell, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout_at};
use tokio_util::sync::CancellationToken;
use tokio_util::task::AbortOnDropHandle;

use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::work::{self, Room};
use crate::telemetry::metrics;

pub use crate::store::work::{Lease, Task, due_at, is_known, is_wanted, put, put_off};

/// After how long the work of a process that died is taken over.
pub const LEASE: TimeDelta = TimeDelta::seconds(15);
const RENEW_EVERY: Duration = Duration::from_secs(5);
/// How often the table is looked at where nobody tells of work.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// The longest pause after failures, which doubles from two seconds on.
const LONGEST_PAUSE: TimeDelta = TimeDelta::minutes(10);

/// A kind of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkKind {
    pub name: &'static str,
    /// How many of it a process does at a time.
    pub places: usize,
    /// How often it is done by itself, by one process for all.
    pub every: Option<TimeDelta>,
}

/// Whoever does the work.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Does one piece of work; it may come twice. After an error it is done again later.
    async fn handle(&self, work: &Lease) -> anyhow::Result<()>;
}

/// Does what is due of some kinds.
pub struct Worker {
    db: Database,
    clock: Clock,
    kinds: Vec<(WorkKind, Arc<Semaphore>)>,
    handler: Arc<dyn Handler>,
    planned: OnceCell<()>,
}

impl Worker {
    pub fn new(
        db: impl Into<Database>,
        clock: Clock,
        kinds: &[WorkKind],
        handler: Arc<dyn Handler>,
    ) -> Arc<Self> {
        let with_places = |kind: &WorkKind| (*kind, Arc::new(Semaphore::new(kind.places)));
        Arc::new(Self {
            db: db.into(),
            clock,
            kinds: kinds.iter().map(with_places).collect(),
            handler,
            planned: OnceCell::new(),
        })
    }

    /// Works until `stop` is cancelled, then finishes what it has.
    ///
    /// `told_by` is the database's address for hearing of new work at once. Without it, and without
    /// the database for a while, work is only done later.
    pub async fn run(self: Arc<Self>, told_by: Option<SecretString>, stop: CancellationToken) {
        let told = Arc::new(Notify::new());
        let listen = |url| tokio::spawn(listener::listen(url, told.clone()));
        let _listener = told_by.map(|url| AbortOnDropHandle::new(listen(url)));
        let mut going = JoinSet::new();
        let mut away = false;
        while !stop.is_cancelled() {
            let claimed = match self.claim().await {
                Ok(claimed) => {
                    away = false;
                    claimed
                }
                Err(error) => {
                    if !std::mem::replace(&mut away, true) {
                        let error = anyhow::Error::from(error);
                        tracing::error!("Due work cannot be read: {error:#}");
                    }
                    Vec::new()
                }
            };
            // A firm's share may have been all that was taken, with places left for others.
            let more = claimed.iter().any(|(lease, _)| self.has_place(&lease.kind));
            for (lease, place) in claimed {
                let worker = self.clone();
                going.spawn(async move {
                    worker.attend(&lease).await;
                    drop(place);
                });
            }
            if !more {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = told.notified() => {}
                    Some(_) = going.join_next() => {}
                    () = sleep(LOOK_EVERY) => {}
                }
            }
        }
        while going.join_next().await.is_some() {}
    }

    fn has_place(&self, kind: &str) -> bool {
        let mut kinds = self.kinds.iter();
        kinds.any(|(known, places)| known.name == kind && places.available_permits() > 0)
    }

    /// Takes what is due, each with a place of its kind.
    pub async fn claim(&self) -> Result<Vec<(Lease, OwnedSemaphorePermit)>, StoreError> {
        let room = |(kind, places): &(WorkKind, Arc<Semaphore>)| Room {
            kind: kind.name,
            free: places.available_permits(),
            per_firm: kind.places.div_ceil(2),
        };
        let mut rooms: Vec<Room> = self.kinds.iter().map(room).collect();
        rooms.retain(|room| room.free > 0);
        if rooms.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.clock.now();
        let mut conn = self.db.acquire_for_write().await?;
        self.planned
            .get_or_try_init(async || {
                let periodic = self.kinds.iter().filter(|(kind, _)| kind.every.is_some());
                let names: Vec<&str> = periodic.map(|(kind, _)| kind.name).collect();
                work::plan(&mut conn, &names, now).await
            })
            .await?;
        let claimed = work::claim(&mut conn, &rooms, now, now + LEASE).await?;
        conn.finish().await?;
        // Only this loop takes places, so there is one for each.
        let with_place = |lease: Lease| {
            let (_, places) = self
                .kinds
                .iter()
                .find(|(kind, _)| kind.name == lease.kind)?;
            let place = places.clone().try_acquire_owned().ok()?;
            Some((lease, place))
        };
        Ok(claimed.into_iter().filter_map(with_place).collect())
    }

    /// Does one piece of work, unless its lease is lost.
    pub async fn attend(&self, lease: &Lease) {
        let handled = AssertUnwindSafe(self.handler.handle(lease)).catch_unwind();
        tokio::select! {
            handled = handled => {
                let handled = handled.unwrap_or_else(|_| Err(anyhow!("it panicked")));
                self.settle(lease, handled).await;
            }
            () = self.keep(lease) => {
                let Lease { kind, key, .. } = lease;
                tracing::warn!(work.key = %key, "Lost the lease of {kind} {key}");
            }
        }
    }

    /// Renews a lease for as long as that goes.
    async fn keep(&self, lease: &Lease) {
        let mut ends = Instant::now() + LEASE.to_std().unwrap_or_default();
        loop {
            sleep(RENEW_EVERY).await;
            let tried = Instant::now();
            match timeout_at(ends, self.renew(lease)).await {
                Ok(Ok(true)) => ends = tried + LEASE.to_std().unwrap_or_default(),
                Ok(Ok(false)) | Err(_) => return,
                Ok(Err(error)) => {
                    let error = anyhow::Error::from(error);
                    tracing::warn!("A lease could not be renewed: {error:#}");
                }
            }
        }
    }

    async fn renew(&self, lease: &Lease) -> Result<bool, StoreError> {
        let mut conn = self.db.acquire_for_write().await?;
        let renewed = work::renew(&mut conn, lease, self.clock.now() + LEASE).await?;
        conn.finish().await?;
        Ok(renewed)
    }

    async fn settle(&self, lease: &Lease, handled: anyhow::Result<()>) {
        let outcome = if handled.is_ok() { "done" } else { "failed" };
        metrics::job_handled(&lease.kind, outcome);
        if let Err(error) = &handled {
            let Lease { kind, key, .. } = lease;
            tracing::error!(work.kind = kind, work.key = %key, "{kind} failed: {error:#}");
        }
        if let Err(error) = self.write(lease, handled.is_ok()).await {
            // It is done again when the lease lapses.
            let error = anyhow::Error::from(error);
            tracing::warn!(
                "What came of {} could not be written: {error:#}",
                lease.kind
            );
        }
    }

    async fn write(&self, lease: &Lease, done: bool) -> Result<(), StoreError> {
        let now = self.clock.now();
        let of_kind = self.kinds.iter().find(|(kind, _)| kind.name == lease.kind);
        let every = of_kind.and_then(|(kind, _)| kind.every);
        let mut conn = self.db.acquire_for_write().await?;
        match (done, every) {
            (true, None) => work::finish(&mut conn, lease).await?,
            (true, Some(every)) => work::give_back(&mut conn, lease, Some(now + every), 0).await?,
            (false, _) => {
                let failures = lease.failures.saturating_add(1);
                let due_at = now + pause(failures);
                work::give_back(&mut conn, lease, Some(due_at), failures).await?;
            }
        }
        Ok(conn.finish().await?)
    }
}

/// How long work rests after so many failures in a row.
fn pause(failures: i32) -> TimeDelta {
    let doubled = 1_i64 << failures.clamp(1, 20);
    TimeDelta::seconds(doubled).min(LONGEST_PAUSE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_ten_minutes() {
        let pauses: Vec<i64> = [1, 2, 3, 9, 10, i32::MAX]
            .map(|failures| pause(failures).num_seconds())
            .to_vec();
        assert_eq!(pauses, [2, 4, 8, 512, 600, 600]);
    }
}
