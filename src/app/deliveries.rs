//! Stores what was delivered, together with what arrives meanwhile
//! ([why](../../docs/adr/0247-deliveries-share-a-commit.md)).

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::events::{self, NewEvent, ProvenHook};

/// A batch takes no further delivery once it has so many events, or so many bytes of them.
const BATCH_EVENTS: usize = 1_000;
const BATCH_BYTES: usize = 4 * 1024 * 1024;
/// Once so many events wait, another delivery is turned away. They are a few batches, since Procore
/// waits five seconds for an answer.
const MOST_WAITING: usize = 5_000;

/// Stores one batch of deliveries at a time. Those that arrive while it commits are the next one;
/// nothing waits for company.
pub struct Deliveries(Arc<Shared>);

struct Shared {
    db: Database,
    clock: Clock,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    events: usize,
    /// Whether a task stores batches until none is left.
    is_storing: bool,
}

struct Delivery {
    hook: ProvenHook,
    events: Vec<NewEvent>,
    answer: oneshot::Sender<Answer>,
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All its events are stored, but for those that the database does not take.
    Stored(Vec<NewEvent>),
    /// Nothing may be delivered to its hook with its value (any more), and nothing is stored.
    Closed,
}

type Answer = Result<Outcome, NotStored>;

/// Why not all events of a delivery are stored.
#[derive(Debug, Clone, thiserror::Error)]
pub enum NotStored {
    #[error("too many events wait to be stored")]
    Crowded,
    #[error("events were not stored")]
    Failed(#[source] Arc<StoreError>),
    #[error("storing events broke off")]
    BrokeOff,
}

/// An event of a batch, and which of the batch's deliveries it belongs to.
struct Owned {
    event: NewEvent,
    delivery: usize,
}

/// Ends the storing. What still waits then, because a batch broke off, is told so: nobody would
/// store it.
struct Storing<'a>(&'a Shared);

impl Deliveries {
    pub(super) fn new(db: Database, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            db,
            clock,
            queue: Mutex::default(),
        }))
    }

    /// Stores the events of a delivery, each once. Returns after the commit.
    pub(crate) async fn store(
        &self,
        hook: ProvenHook,
        events: Vec<NewEvent>,
    ) -> Result<Outcome, NotStored> {
        let (answer, answered) = oneshot::channel();
        let delivery = Delivery {
            hook,
            events,
            answer,
        };
        if self.0.enqueue(delivery)? {
            let shared = self.0.clone();
            // A task of its own: a client that hangs up ends its request, not its neighbours' batch.
            tokio::spawn(async move { shared.store_waiting().await });
        }
        answered.await.unwrap_or(Err(NotStored::BrokeOff))
    }

    /// How many events wait, without those that are being stored.
    pub fn waiting(&self) -> usize {
        self.0.queue().events
    }
}

impl Shared {
    /// Returns whether the caller has to see to the storing, since nobody does.
    fn enqueue(&self, delivery: Delivery) -> Result<bool, NotStored> {
        let mut queue = self.queue();
        if queue.events >= MOST_WAITING {
            return Err(NotStored::Crowded);
        }
        queue.events += delivery.events.len();
        queue.deliveries.push_back(delivery);
        Ok(!std::mem::replace(&mut queue.is_storing, true))
    }

    /// Stores batch after batch until nothing waits.
    async fn store_waiting(&self) {
        let _storing = Storing(self);
        while let Some(batch) = self.next_batch() {
            self.store_batch(batch).await;
        }
    }

    /// Takes the deliveries of the next batch. Without any, the storing ends.
    fn next_batch(&self) -> Option<Vec<Delivery>> {
        let mut queue = self.queue();
        let (mut batch, mut events, mut bytes) = (Vec::new(), 0, 0);
        while events < BATCH_EVENTS && bytes < BATCH_BYTES {
            let Some(delivery) = queue.deliveries.pop_front() else {
                break;
            };
            events += delivery.events.len();
            bytes += delivery
                .events
                .iter()
                .map(|it| it.body.len())
                .sum::<usize>();
            batch.push(delivery);
        }
        queue.events -= events;
        queue.is_storing = !batch.is_empty();
        queue.is_storing.then_some(batch)
    }

    async fn store_batch(&self, batch: Vec<Delivery>) {
        let (mut events, mut hooks, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        for (delivery, its) in batch.into_iter().enumerate() {
            let own = its.events.into_iter();
            events.extend(own.map(|event| Owned { event, delivery }));
            hooks.push(its.hook);
            answers.push((its.answer, Ok(Outcome::Stored(Vec::new()))));
        }
        let (closed, failed) = self.insert(&hooks, events).await;
        for (answer, hook) in answers.iter_mut().zip(&hooks) {
            if closed.contains(hook) {
                answer.1 = Ok(Outcome::Closed);
            }
        }
        for (rest, error) in failed {
            let error = Arc::new(error);
            for Owned { event, delivery } in rest {
                let Some((_, result)) = answers.get_mut(delivery) else {
                    continue;
                };
                match result {
                    Ok(Outcome::Stored(refused)) if error.refuses_values() => refused.push(event),
                    Ok(Outcome::Stored(_)) => *result = Err(NotStored::Failed(error.clone())),
                    Ok(Outcome::Closed) | Err(_) => {}
                }
            }
        }
        for (answer, result) in answers {
            let _ = answer.send(result); // nobody waits for it if the client has hung up
        }
    }

    /// Inserts events; returns the hooks that are closed, and the events that are not stored and why.
    /// One that the database refuses fails the whole statement, so what came with it is stored in two
    /// halves, down to that one.
    async fn insert(
        &self,
        hooks: &[ProvenHook],
        events: Vec<Owned>,
    ) -> (BTreeSet<ProvenHook>, Vec<(Vec<Owned>, StoreError)>) {
        let (mut parts, mut closed, mut failed) = (vec![events], BTreeSet::new(), Vec::new());
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.insert_together(hooks, &part).await {
                Ok(found) => closed.extend(found),
                Err(error) if part.len() > 1 && error.may_be_of_one_row() => {
                    let half = part.split_off(part.len() / 2);
                    parts.extend([half, part]);
                }
                Err(error) => failed.push((part, error)),
            }
        }
        (closed, failed)
    }

    /// Inserts events with one statement; again over another connection if one turns out to be dead,
    /// since what is stored already is not stored twice. Returns the hooks that are closed.
    async fn insert_together(
        &self,
        hooks: &[ProvenHook],
        events: &[Owned],
    ) -> Result<Vec<ProvenHook>, StoreError> {
        let mut named: Vec<&ProvenHook> = Vec::new();
        let mut places = HashMap::new();
        let mut placed = Vec::with_capacity(events.len());
        for Owned { event, delivery } in events {
            let Some(hook) = hooks.get(*delivery) else {
                continue;
            };
            let place = *places.entry(hook).or_insert_with(|| {
                named.push(hook);
                named.len() - 1
            });
            placed.push((place, event));
        }
        let insert = async || -> Result<Vec<usize>, StoreError> {
            let mut conn = self.db.acquire_for_write().await?;
            let now = self.clock.now();
            let closed = events::insert(&mut conn, &named, &placed, now).await?;
            conn.finish().await?;
            Ok(closed)
        };
        let closed = self.db.retried(insert).await?;
        let closed = closed.into_iter().filter_map(|place| named.get(place));
        Ok(closed.map(|&hook| hook.clone()).collect())
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Storing<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let mut queue = self.0.queue();
            *queue = Queue::default();
        }
    }
}
