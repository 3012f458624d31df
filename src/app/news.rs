//! Has the work put that applies what was just stored
//! ([why](../../docs/adr/0430-work-is-put-after-the-commit.md)).

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};
use tokio_util::task::TaskTracker;

use crate::clock::Clock;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::waiting_events;

/// How long after work was put it is put again: what is stored meanwhile is put together.
const PAUSE: Duration = Duration::from_millis(200);
/// And after it could not be put.
const AFTER_FAILURE: Duration = Duration::from_secs(1);

/// The connections with new events whose work is not put yet. A process that is killed loses them; what
/// looks for [left work](waiting_events::put_left_work) finds their events.
pub(super) struct News(Arc<Shared>);

struct Shared {
    db: Database,
    clock: Clock,
    waiting: Mutex<Waiting>,
    /// Held by the task that puts: the next one begins after it.
    putting: tokio::sync::Mutex<()>,
    hurry: Notify,
    tasks: TaskTracker,
}

struct Waiting {
    connections: HashSet<(FirmId, ConnectionId)>,
    not_before: Instant,
}

impl News {
    pub(super) fn new(db: Database, clock: Clock) -> Self {
        let waiting = Mutex::new(Waiting {
            connections: HashSet::new(),
            not_before: Instant::now(),
        });
        let tasks = TaskTracker::new();
        tasks.close(); // so that waiting for it waits for what runs, not for an end of it all
        Self(Arc::new(Shared {
            db,
            clock,
            waiting,
            putting: tokio::sync::Mutex::default(),
            hurry: Notify::new(),
            tasks,
        }))
    }

    /// Has the work of these connections put soon: at once, unless some was put just now.
    pub(super) fn note(&self, with_news: impl Iterator<Item = (FirmId, ConnectionId)>) {
        let mut waiting = self.0.waiting();
        let none_waits = waiting.connections.is_empty();
        waiting.connections.extend(with_news);
        let is_first = none_waits && !waiting.connections.is_empty();
        drop(waiting);
        if is_first {
            self.0.tasks.spawn(put(self.0.clone()));
        }
    }

    /// Has everything put that is not yet; returns once that is done.
    pub(super) async fn put_now(&self) {
        self.0.hurry.notify_one();
        self.0.tasks.wait().await;
    }
}

/// Puts what waits, one statement at a time, until it is put.
async fn put(shared: Arc<Shared>) {
    let _alone = shared.putting.lock().await;
    loop {
        let not_before = shared.waiting().not_before;
        tokio::select! {
            () = sleep_until(not_before) => {}
            () = shared.hurry.notified() => {}
        }
        let connections = std::mem::take(&mut shared.waiting().connections);
        let listed: Vec<_> = connections.iter().copied().collect();
        let put = async || -> Result<(), StoreError> {
            let mut conn = shared.db.acquire_for_write().await?;
            waiting_events::put_work(&mut conn, &listed, shared.clock.now()).await?;
            Ok(conn.finish().await?)
        };
        let put = shared.db.retried(put).await;
        let mut waiting = shared.waiting();
        let Err(error) = put else {
            waiting.not_before = Instant::now() + PAUSE;
            return;
        };
        waiting.not_before = Instant::now() + AFTER_FAILURE;
        waiting.connections.extend(connections);
        drop(waiting);
        let error = anyhow::Error::from(error);
        tracing::warn!("The work on new events is put later: {error:#}");
    }
}

impl Shared {
    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
