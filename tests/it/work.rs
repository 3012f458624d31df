//! The loop that does what is due.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use concierge::clock::Clock;
use concierge::identity::FirmId;
use concierge::store::work::{self, Room};
use concierge::work::{Handler, LEASE, Lease, Task, WorkKind, Worker};
use futures_util::future::join_all;
use sqlx::PgPool;
use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::app::{BEGINNING, drain};
use crate::harness::db::TestDb;

const LETTER: &str = "letter";
const PARCEL: &str = "parcel";
const ROUNDS: &str = "rounds";
const KINDS: &[WorkKind] = &[
    WorkKind {
        name: LETTER,
        places: 2,
        every: None,
    },
    WorkKind {
        name: PARCEL,
        places: 1,
        every: None,
    },
];
/// Nobody listens there.
const NOWHERE: &str = "postgres://nobody@127.0.0.1:1/nothing";

/// A database with work, and a stopped clock.
struct Office {
    db: TestDb,
    clock: Clock,
}

impl Office {
    async fn open() -> Self {
        Self {
            db: TestDb::create().await,
            clock: Clock::settable(BEGINNING.parse().unwrap()),
        }
    }

    fn pool(&self) -> &PgPool {
        self.db.pool()
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    fn worker(&self, handler: impl Handler) -> Arc<Worker> {
        let (db, clock) = (self.pool().clone(), self.clock.clone());
        Worker::new(db, clock, KINDS, Arc::new(handler))
    }

    async fn firm(&self) -> FirmId {
        let firm = Uuid::new_v4();
        sqlx::query("insert into firm (firm_id, name, created_at) values ($1, 'Acme', $2)")
            .bind(firm)
            .bind(self.now())
            .execute(self.pool())
            .await
            .unwrap();
        FirmId(firm)
    }

    async fn put(&self, kind: &'static str, firm: Option<FirmId>) -> Uuid {
        let key = Uuid::new_v4();
        let mut conn = self.pool().acquire().await.unwrap();
        let task = Task { kind, key, firm };
        work::put(&mut conn, task, self.now()).await.unwrap();
        key
    }

    async fn claim(&self) -> Vec<Lease> {
        let room = Room {
            kind: LETTER,
            free: 9,
            per_firm: 9,
        };
        let mut conn = self.pool().acquire().await.unwrap();
        let (now, until) = (self.now(), self.now() + LEASE);
        work::claim(&mut conn, &[room], now, until).await.unwrap()
    }

    async fn left(&self) -> i64 {
        sqlx::query_scalar("select count(*) from work")
            .fetch_one(self.pool())
            .await
            .unwrap()
    }
}

/// Tells what was begun, and waits before it ends until it may.
struct Waiting {
    begun: mpsc::UnboundedSender<(String, Uuid)>,
    may_end: Arc<Semaphore>,
}

impl Waiting {
    fn new(
        may_end: usize,
    ) -> (
        Self,
        mpsc::UnboundedReceiver<(String, Uuid)>,
        Arc<Semaphore>,
    ) {
        let (begun, told) = mpsc::unbounded_channel();
        let may_end = Arc::new(Semaphore::new(may_end));
        let waiting = Self {
            begun,
            may_end: may_end.clone(),
        };
        (waiting, told, may_end)
    }
}

#[async_trait]
impl Handler for Waiting {
    async fn handle(&self, work: &Lease) -> anyhow::Result<()> {
        let _ = self.begun.send((work.kind.clone(), work.key));
        self.may_end.acquire().await?.forget();
        Ok(())
    }
}

/// Fails or panics as often as it is told to.
struct Clumsy {
    fails: AtomicUsize,
    panics: bool,
}

#[async_trait]
impl Handler for Clumsy {
    async fn handle(&self, _: &Lease) -> anyhow::Result<()> {
        let left = |left: usize| left.checked_sub(1);
        let order = Ordering::Relaxed;
        let fails = self.fails.fetch_update(order, order, left).is_ok();
        assert!(!(fails && self.panics), "clumsy");
        anyhow::ensure!(!fails, "clumsy");
        Ok(())
    }
}

#[tokio::test]
async fn what_is_put_in_a_transaction_that_is_rolled_back_is_never_done() {
    let office = Office::open().await;
    let mut tx = office.pool().begin().await.unwrap();
    let task = Task {
        kind: LETTER,
        key: Uuid::new_v4(),
        firm: None,
    };
    work::put(&mut tx, task, office.now()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(office.left().await, 0);
}

#[tokio::test]
async fn what_is_put_twice_is_one_and_due_at_the_earlier_time() {
    let office = Office::open().await;
    let task = Task {
        kind: LETTER,
        key: Uuid::new_v4(),
        firm: None,
    };
    let mut conn = office.pool().acquire().await.unwrap();
    for hours in [3, 1, 2] {
        let due_at = office.now() + TimeDelta::hours(hours);
        work::put(&mut conn, task, due_at).await.unwrap();
    }
    office.clock.advance(TimeDelta::minutes(59));
    assert_eq!(office.claim().await, []);
    office.clock.advance(TimeDelta::minutes(1));
    assert_eq!(office.claim().await.len(), 1);
}

#[tokio::test]
async fn what_fails_or_panics_is_done_again_after_growing_pauses() {
    for panics in [false, true] {
        let office = Office::open().await;
        office.put(LETTER, None).await;
        let worker = office.worker(Clumsy {
            fails: AtomicUsize::new(3),
            panics,
        });
        for pause in [2, 4, 8] {
            assert_eq!(drain(&worker).await, 1);
            office.clock.advance(TimeDelta::seconds(pause - 1));
            assert_eq!(drain(&worker).await, 0, "not before {pause} s");
            office.clock.advance(TimeDelta::seconds(1));
        }
        assert_eq!(drain(&worker).await, 1);
        assert_eq!(office.left().await, 0);
    }
}

#[tokio::test]
async fn an_expired_lease_is_taken_over_and_its_former_holder_changes_nothing() {
    let office = Office::open().await;
    office.put(LETTER, None).await;
    let first = office.claim().await.remove(0);
    office.clock.advance(LEASE - TimeDelta::seconds(1));
    assert_eq!(office.claim().await, [], "the first may be working on it");
    office.clock.advance(TimeDelta::seconds(1));
    let second = office.claim().await.remove(0);

    let mut conn = office.pool().acquire().await.unwrap();
    let later = office.now() + LEASE;
    assert!(!work::renew(&mut conn, &first, later).await.unwrap());
    work::finish(&mut conn, &first).await.unwrap();
    let now = Some(office.now());
    work::give_back(&mut conn, &first, now, 1).await.unwrap();
    assert_eq!(office.claim().await, [], "the second still has it");
    assert!(work::renew(&mut conn, &second, later).await.unwrap());
    work::finish(&mut conn, &second).await.unwrap();
    assert_eq!(office.left().await, 0);
}

#[tokio::test]
async fn a_lease_of_work_that_ended_is_none_of_the_same_work_put_again() {
    let office = Office::open().await;
    let key = office.put(LETTER, None).await;
    let first = office.claim().await.remove(0);
    office.clock.advance(LEASE);
    let second = office.claim().await.remove(0);
    let mut conn = office.pool().acquire().await.unwrap();
    work::finish(&mut conn, &second).await.unwrap();

    let task = Task {
        kind: LETTER,
        key,
        firm: None,
    };
    work::put(&mut conn, task, office.now()).await.unwrap();
    let third = office.claim().await.remove(0);
    let later = office.now() + LEASE;
    for over in [&first, &second] {
        assert!(!work::renew(&mut conn, over, later).await.unwrap());
        work::finish(&mut conn, over).await.unwrap();
    }
    assert!(work::renew(&mut conn, &third, later).await.unwrap());
    assert_eq!(office.left().await, 1);
}

#[tokio::test]
async fn a_lease_is_renewed_while_its_worker_lives_and_lapses_in_fifteen_seconds_when_it_dies() {
    let office = Office::open().await;
    office.put(LETTER, None).await;
    let (handler, mut begun, _may_end) = Waiting::new(0);
    let worker = office.worker(handler);
    let (lease, place) = worker.claim().await.unwrap().remove(0);
    let working = tokio::spawn(async move {
        worker.attend(&lease).await;
        drop(place);
    });
    begun.recv().await.unwrap();

    office.clock.advance(LEASE - TimeDelta::seconds(1));
    let renewed = office.now() + LEASE;
    let lease_until = "select lease_until from work";
    while sqlx::query_scalar::<_, DateTime<Utc>>(lease_until)
        .fetch_one(office.pool())
        .await
        .unwrap()
        != renewed
    {
        tokio::task::yield_now().await;
    }
    office.clock.advance(LEASE - TimeDelta::seconds(1));
    assert_eq!(office.claim().await, [], "its worker lives");

    working.abort();
    assert!(working.await.unwrap_err().is_cancelled());
    assert!(LEASE <= TimeDelta::seconds(15));
    office.clock.advance(LEASE);
    assert_eq!(office.claim().await.len(), 1);
}

#[tokio::test]
async fn what_is_asked_for_again_while_it_is_done_is_done_again() {
    let office = Office::open().await;
    let key = office.put(LETTER, None).await;
    let lease = office.claim().await.remove(0);
    let mut conn = office.pool().acquire().await.unwrap();
    let task = Task {
        kind: LETTER,
        key,
        firm: None,
    };
    work::put(&mut conn, task, office.now()).await.unwrap();
    assert_eq!(office.claim().await, [], "not twice at once");
    work::finish(&mut conn, &lease).await.unwrap();
    assert_eq!(office.claim().await.len(), 1);
}

#[tokio::test]
async fn several_workers_do_everything_once() {
    let office = Office::open().await;
    for _ in 0..30 {
        office.put(LETTER, None).await;
    }
    let (handler, mut begun, _) = Waiting::new(usize::MAX >> 3);
    let handler = Arc::new(handler);
    let workers = [(); 3].map(|()| office.worker(Shared(handler.clone())));
    let drained = join_all(workers.iter().map(|worker| drain(worker))).await;
    let done: usize = drained.into_iter().sum();
    assert_eq!(done, 30);
    let mut keys = Vec::new();
    while let Ok((_, key)) = begun.try_recv() {
        keys.push(key);
    }
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 30);
    assert_eq!(office.left().await, 0);
}

#[tokio::test]
async fn a_firm_with_much_to_do_and_a_kind_that_takes_long_hold_up_nobody() {
    let office = Office::open().await;
    let (busy, other) = (office.firm().await, office.firm().await);
    for _ in 0..200 {
        office.put(LETTER, Some(busy)).await;
    }
    office.clock.advance(TimeDelta::seconds(1));
    let letter = office.put(LETTER, Some(other)).await;
    let parcel = office.put(PARCEL, Some(busy)).await;

    let (handler, mut begun, may_end) = Waiting::new(0);
    let stop = CancellationToken::new();
    let worker = office.worker(handler);
    let running = tokio::spawn(worker.run(Some(office.db.url().into()), stop.clone()));
    let mut keys = Vec::new();
    for _ in 0..3 {
        keys.push(begun.recv().await.unwrap().1);
    }
    assert!(keys.contains(&letter) && keys.contains(&parcel));

    // What is in hand is finished, nothing else is begun.
    stop.cancel();
    may_end.add_permits(3);
    running.await.unwrap();
    assert!(begun.try_recv().is_err());
    assert_eq!(office.left().await, 199);
}

#[tokio::test]
async fn work_is_done_with_and_without_being_told() {
    let office = Office::open().await;
    for url in [office.db.url(), NOWHERE.to_owned()] {
        let (handler, mut begun, _) = Waiting::new(9);
        let stop = CancellationToken::new();
        let running = tokio::spawn(office.worker(handler).run(Some(url.into()), stop.clone()));
        for _ in 0..2 {
            let key = office.put(PARCEL, None).await;
            assert_eq!(begun.recv().await.unwrap(), (PARCEL.to_owned(), key));
        }
        stop.cancel();
        running.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_periodic_is_done_by_one_worker_for_all() {
    let office = Office::open().await;
    let kind = WorkKind {
        name: ROUNDS,
        places: 1,
        every: Some(TimeDelta::minutes(5)),
    };
    let (handler, mut begun, _) = Waiting::new(99);
    let handler = Arc::new(handler);
    let workers = [(); 2].map(|()| {
        let (db, clock) = (office.pool().clone(), office.clock.clone());
        Worker::new(db, clock, &[kind], Arc::new(Shared(handler.clone())))
    });
    for _ in 0..3 {
        for worker in &workers {
            drain(worker).await;
        }
        assert!(begun.try_recv().is_ok());
        assert!(begun.try_recv().is_err(), "once");
        office.clock.advance(TimeDelta::minutes(5));
    }
}

/// One handler of several workers.
struct Shared(Arc<Waiting>);

#[async_trait]
impl Handler for Shared {
    async fn handle(&self, work: &Lease) -> anyhow::Result<()> {
        self.0.handle(work).await
    }
}
