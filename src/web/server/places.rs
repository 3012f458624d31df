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
    connections: HashMap<u64, Arc<Seat>>,
}

/// An open connection.
struct Seat {
    needed: CancellationToken,
    standing: Mutex<Standing>,
}

/// How a connection stands.
struct Standing {
    /// Whether a handler works on a request of it that has arrived in full. Else it waits for its
    /// client.
    is_in_hand: bool,
    had_request: bool,
    /// Since when it stands so.
    since: Instant,
}

/// The place of one connection; free again once this is dropped.
pub(super) struct Place {
    places: Places,
    number: u64,
    seat: Arc<Seat>,
}

/// A request from the end of its head to its answer.
pub(super) struct BegunRequest<'a>(&'a Place);

/// Where a request's body is reported as complete.
pub(super) struct Arrival(Arc<Seat>);

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
        let number = taken.number;
        let seat = Arc::new(Seat {
            needed: CancellationToken::new(),
            standing: Mutex::new(Standing {
                is_in_hand: false,
                had_request: false,
                since: Instant::now(),
            }),
        });
        taken.connections.insert(number, seat.clone());
        Some(Place {
            places: self.clone(),
            number,
            seat,
        })
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
        let longest = connections.iter().min_by_key(|(number, seat)| {
            let standing = seat.standing();
            (standing.is_in_hand, standing.since, **number)
        });
        if let Some((_, seat)) = longest {
            seat.needed.cancel();
            metrics::connection_displaced();
        }
    }
}

impl Seat {
    fn stand(&self, is_in_hand: bool) {
        *self.standing() = Standing {
            is_in_hand,
            had_request: true,
            since: Instant::now(),
        };
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn standing(&self) -> MutexGuard<'_, Standing> {
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits until another connection needs this place.
    pub(super) fn is_needed(&self) -> WaitForCancellationFuture<'_> {
        self.seat.needed.cancelled()
    }

    /// Whether the head of a request has ever arrived.
    pub(super) fn had_request(&self) -> bool {
        self.seat.standing().had_request
    }

    /// A request is in hand once its body has arrived too: a body that comes slowly keeps no place.
    pub(super) fn begin_request(&self) -> (BegunRequest<'_>, Arrival) {
        self.seat.stand(false);
        (BegunRequest(self), Arrival(self.seat.clone()))
    }
}

impl Arrival {
    pub(super) fn is_complete(&self) {
        self.0.stand(true);
    }
}

impl Drop for BegunRequest<'_> {
    fn drop(&mut self) {
        self.0.seat.stand(false);
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.places.taken().connections.remove(&self.number);
        self.places.0.freed.notify_one();
    }
}
