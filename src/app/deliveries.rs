//! Stores what was delivered, together with what arrives meanwhile
//! ([why](../../docs/adr/0247-deliveries-share-a-commit.md)).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

use super::news::News;
use crate::clock::Clock;
use crate::identity::ConnectionId;
use crate::store::StoreError;
use crate::store::database::{Database, KeptConnection, ToTheEnd};
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
    conn: KeptConnection,
    queue: Mutex<Queue>,
    /// Told when nobody stores any more.
    over: Notify,
    news: News,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<(Delivery, oneshot::Sender<Answer>)>,
    events: usize,
    /// Whether somebody stores a batch, and sees to what waits afterwards.
    is_storing: bool,
}

struct Delivery {
    hook: Arc<ProvenHook>,
    events: Vec<NewEvent>,
}

/// What became of a delivery.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// All its events are stored, but for those that the database does not take.
    Stored(Vec<NewEvent>),
    /// Nothing is stored: hooks have changed since its own proved itself, and it may be closed by now.
    Outdated,
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

/// How a delivery is stored.
enum Turn {
    /// At once, by who brought it.
    Own(Delivery, Storing),
    /// With what else waits for the batch that is being stored.
    Waits(oneshot::Receiver<Answer>),
}

/// The right to store a batch. What waits at its end is stored by a task, however it ends.
struct Storing(Arc<Shared>);

impl Deliveries {
    pub(super) fn new(db: Database, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            conn: KeptConnection::new(db.clone()),
            news: News::new(db.clone(), clock.clone()),
            db,
            clock,
            queue: Mutex::default(),
            over: Notify::new(),
        }))
    }

    /// Stores the events of a delivery, each once. Returns after the commit.
    pub(crate) async fn store(&self, hook: Arc<ProvenHook>, events: Vec<NewEvent>) -> Answer {
        match self.0.enqueue(Delivery { hook, events })? {
            // A client that hangs up ends its request, not the storing: others may wait for it.
            Turn::Own(delivery, storing) => ToTheEnd::of(storing.store_one(delivery)).await,
            Turn::Waits(answered) => answered.await.unwrap_or(Err(NotStored::BrokeOff)),
        }
    }

    /// How many events wait, without those that are being stored.
    pub fn waiting(&self) -> usize {
        self.0.queue().events
    }

    /// Puts the work that applies what was stored, now; returns once that is done.
    pub async fn put_work(&self) {
        self.0.news.put_now().await;
    }

    /// Leaves nothing to be done once no more deliveries come, also for those whose request was given up.
    pub async fn finish(&self) {
        loop {
            let over = self.0.over.notified();
            if !self.0.queue().is_storing {
                break;
            }
            over.await;
        }
        self.put_work().await;
        self.0.conn.give_back();
    }
}

impl Shared {
    /// The right to store, unless somebody has it.
    fn begin(self: &Arc<Self>) -> Option<Storing> {
        let has_begun = std::mem::replace(&mut self.queue().is_storing, true);
        (!has_begun).then(|| Storing(self.clone()))
    }

    fn enqueue(self: &Arc<Self>, delivery: Delivery) -> Result<Turn, NotStored> {
        let mut queue = self.queue();
        if !std::mem::replace(&mut queue.is_storing, true) {
            drop(queue);
            return Ok(Turn::Own(delivery, Storing(self.clone())));
        }
        if queue.events >= MOST_WAITING {
            return Err(NotStored::Crowded);
        }
        let (answer, answered) = oneshot::channel();
        queue.events += delivery.events.len();
        queue.waiting.push_back((delivery, answer));
        Ok(Turn::Waits(answered))
    }

    /// Takes the deliveries of the next batch, with who waits for them.
    fn next_batch(&self) -> (Vec<Delivery>, Vec<oneshot::Sender<Answer>>) {
        let mut queue = self.queue();
        let (mut batch, mut answers, mut events, mut bytes) = (Vec::new(), Vec::new(), 0, 0);
        while events < BATCH_EVENTS && bytes < BATCH_BYTES {
            let Some((delivery, answer)) = queue.waiting.pop_front() else {
                break;
            };
            events += delivery.events.len();
            bytes += delivery
                .events
                .iter()
                .map(|it| it.body.len())
                .sum::<usize>();
            batch.push(delivery);
            answers.push(answer);
        }
        queue.events -= events;
        (batch, answers)
    }

    /// Stores deliveries together; returns what became of each.
    async fn store_batch(&self, batch: Vec<Delivery>) -> Vec<Answer> {
        let (mut events, mut hooks, mut answers) = (Vec::new(), Vec::new(), Vec::new());
        let generation = batch.iter().map(|it| it.hook.generation).max();
        let generation = generation.unwrap_or_default();
        for (delivery, its) in batch.into_iter().enumerate() {
            if its.hook.generation == generation {
                let own = its.events.into_iter();
                events.extend(own.map(|event| Owned { event, delivery }));
                answers.push(Ok(Outcome::Stored(Vec::new())));
            } else {
                answers.push(Ok(Outcome::Outdated));
            }
            hooks.push(its.hook);
        }
        for (rest, error) in self.insert(generation, &hooks, events).await {
            let error = error.map(Arc::new);
            for Owned { event, delivery } in rest {
                let Some(result) = answers.get_mut(delivery) else {
                    continue;
                };
                match (&mut *result, &error) {
                    (Ok(Outcome::Stored(_)), None) => *result = Ok(Outcome::Outdated),
                    (Ok(Outcome::Stored(refused)), Some(error)) if error.refuses_values() => {
                        refused.push(event);
                    }
                    (Ok(Outcome::Stored(_)), Some(error)) => {
                        *result = Err(NotStored::Failed(error.clone()));
                    }
                    (Ok(Outcome::Outdated) | Err(_), _) => {}
                }
            }
        }
        answers
    }

    /// Inserts events; returns those that are not stored, and why, if not because hooks have changed.
    /// One that the database refuses fails the whole statement, so what came with it is stored in two
    /// halves, down to that one.
    async fn insert(
        &self,
        generation: i64,
        hooks: &[Arc<ProvenHook>],
        events: Vec<Owned>,
    ) -> Vec<(Vec<Owned>, Option<StoreError>)> {
        let (mut parts, mut left) = (vec![events], Vec::new());
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.insert_together(generation, hooks, &part).await {
                Ok(true) => {}
                Ok(false) => left.push((part, None)),
                Err(error) if part.len() > 1 && error.may_be_of_one_row() => {
                    let half = part.split_off(part.len() / 2);
                    parts.extend([half, part]);
                }
                Err(error) => left.push((part, Some(error))),
            }
        }
        left
    }

    /// Inserts events with one statement; again over another connection if one turns out to be dead,
    /// since what is stored already is not stored twice. Returns whether they are stored.
    async fn insert_together(
        &self,
        generation: i64,
        hooks: &[Arc<ProvenHook>],
        events: &[Owned],
    ) -> Result<bool, StoreError> {
        let placed: Vec<_> = (events.iter())
            .filter_map(|owned| Some((&**hooks.get(owned.delivery)?, &owned.event)))
            .collect();
        let tries = AtomicUsize::new(0);
        let insert = async || -> Result<Option<Vec<ConnectionId>>, StoreError> {
            tries.fetch_add(1, Ordering::Relaxed);
            let mut conn = self.conn.take().await?;
            let now = self.clock.now();
            let with_news = events::insert(&mut conn, generation, &placed, now).await?;
            self.conn.keep(conn).await?;
            Ok(with_news)
        };
        let inserted = self.db.retried(insert).await;
        let hooks = placed.iter().map(|&(hook, _)| hook);
        let place = |hook: &ProvenHook| (hook.firm_id, hook.connection_id);
        // A try whose answer was lost may have stored what is known to the next one.
        if inserted.is_err() || tries.into_inner() > 1 {
            self.news.note(hooks.map(place));
        } else if let Ok(Some(with_news)) = &inserted {
            let is_new = |hook: &&ProvenHook| with_news.binary_search(&hook.connection_id).is_ok();
            self.news.note(hooks.filter(is_new).map(place));
        }
        Ok(inserted?.is_some())
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storing {
    /// Stores one delivery, which nothing waits for yet.
    async fn store_one(self, delivery: Delivery) -> Answer {
        let answers = self.0.store_batch(vec![delivery]).await;
        (answers.into_iter().next()).unwrap_or(Err(NotStored::BrokeOff))
    }

    /// Stores batch after batch until nothing waits.
    async fn store_waiting(&self) {
        loop {
            let (batch, waiting) = self.0.next_batch();
            if batch.is_empty() {
                return;
            }
            let answers = self.0.store_batch(batch).await;
            for (answer, waits) in answers.into_iter().zip(waiting) {
                let _ = waits.send(answer); // nobody waits any more if the client has hung up
            }
        }
    }
}

impl Drop for Storing {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.is_storing = false;
        let is_over = queue.waiting.is_empty();
        drop(queue);
        if is_over {
            self.0.over.notify_waiters();
        } else if let Ok(runtime) = Handle::try_current() {
            let shared = self.0.clone();
            // Dropped by a runtime that ends, this does nothing.
            runtime.spawn(async move {
                if let Some(storing) = shared.begin() {
                    storing.store_waiting().await;
                }
            });
        }
    }
}
