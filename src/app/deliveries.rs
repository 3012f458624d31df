//! Stores what was delivered, together with what arrives meanwhile
//! ([why](../../docs/adr/0247-deliveries-share-a-commit.md)).

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Mutex as Turn, oneshot};

use crate::clock::Clock;
use crate::store::StoreError;
use crate::store::database::Database;
use crate::store::events::{self, NewEvent};

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
    /// Held while a batch is stored.
    turn: Turn<()>,
}

#[derive(Default)]
struct Queue {
    deliveries: VecDeque<Delivery>,
    events: usize,
}

struct Delivery {
    events: Vec<NewEvent>,
    answer: oneshot::Sender<Answer>,
}

/// The events that the database does not take, once all others of the delivery are stored.
type Answer = Result<Vec<NewEvent>, NotStored>;

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

impl Deliveries {
    pub(super) fn new(db: Database, clock: Clock) -> Self {
        Self(Arc::new(Shared {
            db,
            clock,
            queue: Mutex::default(),
            turn: Turn::default(),
        }))
    }

    /// Stores the events of a delivery, each once, and returns those that the database does not take.
    /// Returns after the commit.
    pub(crate) async fn store(&self, events: Vec<NewEvent>) -> Result<Vec<NewEvent>, NotStored> {
        let answer = self.0.enqueue(events)?;
        let shared = self.0.clone();
        // A task of its own: a client that hangs up ends its request, not its neighbours' batch. Each
        // delivery brings one, so none is left waiting; most find their delivery stored already.
        tokio::spawn(async move {
            let _turn = shared.turn.lock().await;
            shared.store_batch().await;
        });
        answer.await.unwrap_or(Err(NotStored::BrokeOff))
    }

    /// How many events wait, without those that are being stored.
    pub fn waiting(&self) -> usize {
        self.0.queue().events
    }
}

impl Shared {
    fn enqueue(&self, events: Vec<NewEvent>) -> Result<oneshot::Receiver<Answer>, NotStored> {
        let (answer, answered) = oneshot::channel();
        let mut queue = self.queue();
        if queue.events >= MOST_WAITING {
            return Err(NotStored::Crowded);
        }
        queue.events += events.len();
        queue.deliveries.push_back(Delivery { events, answer });
        Ok(answered)
    }

    /// Takes the deliveries of the next batch.
    fn next_batch(&self) -> Vec<Delivery> {
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
        batch
    }

    async fn store_batch(&self) {
        let (mut events, mut answers) = (Vec::new(), Vec::new());
        for (
            delivery,
            Delivery {
                events: its,
                answer,
            },
        ) in self.next_batch().into_iter().enumerate()
        {
            events.extend(its.into_iter().map(|event| Owned { event, delivery }));
            answers.push((answer, Ok(Vec::new())));
        }
        for (rest, error) in self.insert(events).await {
            let error = Arc::new(error);
            for Owned { event, delivery } in rest {
                let Some((_, result)) = answers.get_mut(delivery) else {
                    continue;
                };
                match result {
                    Ok(refused) if error.refuses_values() => refused.push(event),
                    Ok(_) => *result = Err(NotStored::Failed(error.clone())),
                    Err(_) => {}
                }
            }
        }
        for (answer, result) in answers {
            let _ = answer.send(result); // nobody waits for it if the client has hung up
        }
    }

    /// Inserts events; returns those that are not stored, and why. One that the database refuses
    /// fails the whole statement, so what came with it is stored in two halves, down to that one.
    async fn insert(&self, events: Vec<Owned>) -> Vec<(Vec<Owned>, StoreError)> {
        let (mut parts, mut failed) = (vec![events], Vec::new());
        while let Some(mut part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            match self.insert_together(&part).await {
                Ok(()) => {}
                Err(error) if part.len() > 1 && error.may_be_of_one_row() => {
                    let half = part.split_off(part.len() / 2);
                    parts.extend([half, part]);
                }
                Err(error) => failed.push((part, error)),
            }
        }
        failed
    }

    /// Inserts events with one statement; again over another connection if one turns out to be dead,
    /// since what is stored already is not stored twice.
    async fn insert_together(&self, events: &[Owned]) -> Result<(), StoreError> {
        let events: Vec<&NewEvent> = events.iter().map(|it| &it.event).collect();
        let insert = async || -> Result<(), StoreError> {
            let mut conn = self.db.acquire_for_write().await?;
            events::insert(&mut conn, &events, self.clock.now()).await?;
            Ok(conn.finish().await?)
        };
        self.db.retried(insert).await
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
