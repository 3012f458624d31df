//! Rate windows in Postgres: two replicas stay inside one window together.

use chrono::{DateTime, TimeDelta, Utc};
use concierge::app::rates::Rates;
use concierge::procore::{
    Admission, ClientId, CompanyId, RateGate, RateHeaders, RateKey, Urgency, Wait, WaitReason,
};

use crate::harness::db::TestDb;

fn at(seconds: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::seconds(seconds)
}

fn key(company: i64) -> RateKey {
    RateKey {
        environment: "production".into(),
        client_id: ClientId::trusted("client".into()),
        company_id: CompanyId::trusted(company),
    }
}

fn headers(limit: u32, remaining: u32, reset: i64) -> RateHeaders {
    RateHeaders {
        limit: Some(limit),
        remaining: Some(remaining),
        reset: Some(at(reset)),
        server_date: None,
        status: Some(200),
    }
}

fn wait(until: i64, reason: WaitReason) -> Wait {
    Wait {
        until: at(until),
        reason,
    }
}

/// A gate that has learnt of a window, its calls all told about.
async fn knowing(db: &TestDb, window: RateHeaders) -> std::sync::Arc<Rates> {
    let rates = Rates::new(db.pool().clone(), 3600, 10);
    let admission = rates
        .acquire(&key(1), Urgency::Waiting, at(0))
        .await
        .unwrap();
    assert_eq!(admission, Admission::Go);
    rates.observe(&key(1), window, at(0)).await.unwrap();
    rates
}

/// How many calls a gate admits before it says wait.
async fn admitted(rates: &Rates, urgency: Urgency, now: DateTime<Utc>) -> usize {
    for count in 0..10_000 {
        match rates.acquire(&key(1), urgency, now).await.unwrap() {
            Admission::Go => {}
            Admission::Wait(_) => return count,
        }
    }
    panic!("every call was admitted");
}

#[tokio::test]
async fn two_replicas_together_spend_a_window_and_no_more() {
    let db = TestDb::create().await;
    let one = knowing(&db, headers(600, 200, 3600)).await;
    let other = Rates::new(db.pool().clone(), 3600, 10);

    let mut spent = 0;
    for now in [at(1), at(2), at(3)] {
        let step = [
            one.acquire(&key(1), Urgency::Waiting, now).await.unwrap(),
            other.acquire(&key(1), Urgency::Waiting, now).await.unwrap(),
        ];
        spent += step.iter().filter(|it| **it == Admission::Go).count();
    }
    spent += admitted(&one, Urgency::Waiting, at(3)).await;
    spent += admitted(&other, Urgency::Waiting, at(3)).await;
    spent += admitted(&one, Urgency::Waiting, at(10)).await;

    assert_eq!(spent, 200);
}

#[tokio::test]
async fn background_work_leaves_a_reserve_for_people() {
    let db = TestDb::create().await;
    let worker = knowing(&db, headers(600, 100, 3600)).await;
    let page = Rates::new(db.pool().clone(), 3600, 10);

    assert_eq!(admitted(&worker, Urgency::Background, at(1)).await, 40);
    assert_eq!(admitted(&page, Urgency::Waiting, at(1)).await, 60);
}

#[tokio::test]
async fn a_slice_that_a_person_got_serves_no_background_work() {
    let db = TestDb::create().await;
    let rates = knowing(&db, headers(600, 60, 3600)).await;
    assert_eq!(admitted_once(&rates, Urgency::Waiting).await, Admission::Go);
    let over = Admission::Wait(wait(3600, WaitReason::Rate));
    assert_eq!(admitted_once(&rates, Urgency::Background).await, over);
    assert_eq!(admitted(&rates, Urgency::Waiting, at(1)).await, 59);
}

async fn admitted_once(rates: &Rates, urgency: Urgency) -> Admission {
    rates.acquire(&key(1), urgency, at(1)).await.unwrap()
}

#[tokio::test]
async fn a_slice_saves_round_trips_and_is_given_back_when_it_grows_old() {
    let db = TestDb::create().await;
    let rates = knowing(&db, headers(600, 200, 3600)).await;
    let version = || async {
        sqlx::query_scalar::<_, i64>("select version from rate_window")
            .fetch_one(db.pool())
            .await
            .unwrap()
    };

    let before = version().await;
    for _ in 0..16 {
        let admission = rates
            .acquire(&key(1), Urgency::Background, at(1))
            .await
            .unwrap();
        assert_eq!(admission, Admission::Go);
    }
    assert_eq!(version().await, before + 1, "sixteen calls, one write");

    rates
        .acquire(&key(1), Urgency::Background, at(1))
        .await
        .unwrap();
    let left = 200 - 16 - 1;
    assert_eq!(admitted(&rates, Urgency::Waiting, at(60)).await, left);
}

#[tokio::test]
async fn a_wait_that_procore_asked_for_holds_in_every_replica_and_ends() {
    let db = TestDb::create().await;
    let one = knowing(&db, headers(600, 200, 3600)).await;
    let other = Rates::new(db.pool().clone(), 3600, 10);

    one.block(&key(1), wait(30, WaitReason::Busy))
        .await
        .unwrap();

    for rates in [&one, &other] {
        let admission = rates
            .acquire(&key(1), Urgency::Waiting, at(29))
            .await
            .unwrap();
        assert_eq!(admission, Admission::Wait(wait(30, WaitReason::Busy)));
        let unrelated = rates
            .acquire(&key(2), Urgency::Waiting, at(29))
            .await
            .unwrap();
        assert_eq!(unrelated, Admission::Go, "another company is not concerned");
    }
    for rates in [&one, &other] {
        let admission = rates
            .acquire(&key(1), Urgency::Waiting, at(30))
            .await
            .unwrap();
        assert_eq!(admission, Admission::Go);
    }
}

#[tokio::test]
async fn a_smaller_window_than_expected_cuts_the_slice_at_once() {
    let db = TestDb::create().await;
    let rates = knowing(&db, headers(3600, 3600, 3600)).await;
    rates
        .acquire(&key(1), Urgency::Waiting, at(1))
        .await
        .unwrap(); // holds fifteen more

    rates
        .observe(&key(1), headers(25, 3, 11), at(1))
        .await
        .unwrap();
    assert_eq!(admitted(&rates, Urgency::Waiting, at(1)).await, 3);

    rates
        .observe(&key(1), headers(25, 0, 11), at(1))
        .await
        .unwrap();
    assert_eq!(
        rates
            .acquire(&key(1), Urgency::Waiting, at(2))
            .await
            .unwrap(),
        Admission::Wait(wait(11, WaitReason::Rate)),
    );
}

#[tokio::test]
async fn many_replicas_at_once_do_not_overspend() {
    let db = TestDb::create().await;
    drop(knowing(&db, headers(600, 50, 3600)).await);
    let replicas: Vec<_> = (0..8)
        .map(|_| Rates::new(db.pool().clone(), 3600, 10))
        .collect();

    let spent = replicas
        .iter()
        .map(|rates| admitted(rates, Urgency::Waiting, at(1)));
    let spent: usize = futures_util::future::join_all(spent).await.iter().sum();

    assert_eq!(spent, 50);
}

#[tokio::test]
async fn limits_are_remembered_for_a_week() {
    let db = TestDb::create().await;
    let rates = knowing(&db, headers(600, 50, 3600)).await;
    let week = TimeDelta::days(7).num_seconds();
    for (later, company, kept) in [(week - 60, 2, vec![1, 2]), (week + 60, 3, vec![2, 3])] {
        rates
            .acquire(&key(company), Urgency::Waiting, at(later))
            .await
            .unwrap();
        let companies: Vec<i64> =
            sqlx::query_scalar("select company_id from rate_window order by company_id")
                .fetch_all(db.pool())
                .await
                .unwrap();
        assert_eq!(companies, kept);
    }
}

#[tokio::test]
async fn the_calls_of_an_hour_are_counted_for_all_replicas_without_a_round_trip_each() {
    let db = TestDb::create().await;
    let replicas = [
        Rates::new(db.pool().clone(), 600, 10),
        Rates::new(db.pool().clone(), 600, 10),
    ];
    let mut made = 0;
    for step in 0..10 {
        let now = at(step * 10);
        for rates in &replicas {
            while rates
                .acquire(&key(1), Urgency::Background, now)
                .await
                .unwrap()
                == Admission::Go
            {
                made += 1;
                let window = headers(100, 99, step * 10 + 10);
                rates.observe(&key(1), window, now).await.unwrap();
            }
        }
    }
    assert_eq!(made, 540, "a tenth is left for people");
    let version: i64 = sqlx::query_scalar("select version from rate_window")
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert!(version < made / 2, "{version} writes for {made} calls");
    let waiting = replicas[0]
        .acquire(&key(1), Urgency::Waiting, at(600))
        .await;
    assert_eq!(waiting.unwrap(), Admission::Go);
}
