//! Which connections are open, and which one goes when there is no room for another.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};

use crate::telemetry::metrics;

/// The places of a listener's connections.
#[derive(Clone)]
pub(super) struct Places(Arc<Shared>);

struct Shared {
    most: usize,
    taken: Mutex<Taken>,
    freed: Notify,
}

#[derive(Default)]
struct Taken {
    number: u64,
    connections: HashMap<u64, Standing>,
}

/// How a connection stands.
struct Standing {
    /// Whether a handler works on a request of it that has arrived in full. Else it waits for its
    /// client.
    is_in_hand: bool,
    had_request: bool,
    /// Since when it stands so.
    since: Instant,
    needed: CancellationToken,
}

/// The place of one connection; free again once this is dropped.
pub(super) struct Place {
    places: Places,
    number: u64,
    needed: CancellationToken,
}

/// A request from the end of its head to its answer.
pub(super) struct BegunRequest<'a>(&'a Place);

/// Where a request's body is reported as complete.
pub(super) struct Arrival {
    places: Places,
    number: u64,
}

impl Places {
    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Shared {
            most,
            taken: Mutex::default(),
            freed: Notify::new(),
        }))
    }

    /// A place for a new connection. If all are taken, the one that has waited longest for its client
    /// makes room; where handlers work on all of them, the one whose request takes longest.
    pub(super) async fn take(&self) -> Place {
        loop {
            if let Some(place) = self.try_take() {
                return place;
            }
            self.0.freed.notified().await;
        }
    }

    fn try_take(&self) -> Option<Place> {
        let mut taken = self.taken();
        if taken.connections.len() >= self.0.most {
            taken.make_room();
            return None;
        }
        taken.number += 1;
        let (number, needed) = (taken.number, CancellationToken::new());
        let standing = Standing {
            is_in_hand: false,
            had_request: false,
            since: Instant::now(),
            needed: needed.clone(),
        };
        taken.connections.insert(number, standing);
        Some(Place {
            places: self.clone(),
            number,
            needed,
        })
    }

    fn stand(&self, number: u64, is_in_hand: bool) {
        if let Some(standing) = self.taken().connections.get_mut(&number) {
            standing.is_in_hand = is_in_hand;
            standing.had_request = true;
            standing.since = Instant::now();
        }
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn taken(&self) -> MutexGuard<'_, Taken> {
        self.0.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Asks one connection to go, unless one is going already.
    fn make_room(&mut self) {
        let connections = &self.connections;
        if connections.values().any(|it| it.needed.is_cancelled()) {
            return;
        }
        let longest = connections
            .iter()
            .min_by_key(|(number, it)| (it.is_in_hand, it.since, **number));
        if let Some((_, standing)) = longest {
            standing.needed.cancel();
            metrics::connection_displaced();
        }
    }
}

impl Place {
    /// Waits until another connection needs this place.
    pub(super) fn is_needed(&self) -> WaitForCancellationFuture<'_> {
        self.needed.cancelled()
    }

    /// Whether the head of a request has ever arrived.
    pub(super) fn had_request(&self) -> bool {
        let taken = self.places.taken();
        let standing = taken.connections.get(&self.number);
        standing.is_some_and(|standing| standing.had_request)
    }

    /// A request is in hand once its body has arrived too: a body that comes slowly keeps no place.
    pub(super) fn begin_request(&self) -> (BegunRequest<'_>, Arrival) {
        self.places.stand(self.number, false);
        let arrival = Arrival {
            places: self.places.clone(),
            number: self.number,
        };
        (BegunRequest(self), arrival)
    }
}

impl Arrival {
    pub(super) fn is_complete(&self) {
        self.places.stand(self.number, true);
    }
}

impl Drop for BegunRequest<'_> {
    fn drop(&mut self) {
        self.0.places.stand(self.0.number, false);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().connections.remove(&self.number);
        self.places.0.freed.notify_one();
    }
}
