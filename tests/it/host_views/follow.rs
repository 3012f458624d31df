//! A host product follows, and misses nothing.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use concierge::catalog::DataSet;
use concierge::flows::leave_out_data_set::{self, LeftOut};
use concierge::flows::remove_firm;
use concierge::identity::Actor;
use concierge::ledger::RunState;
use procore_sandbox::testing::SandboxOptions;
use serde_json::json;
use sqlx::PgPool;
use uuid::Uuid;

use crate::close_case::{close, parked};
use crate::harness::app::TestApp;
use crate::harness::db::TestDb;
use crate::harness::host::{HostProduct, published};
use crate::harness::live::Live;
use crate::harness::site::{Site, choices};

/// Processes that write at the same time, and transactions of each.
const WRITERS: usize = 6;
const TRANSACTIONS: usize = 40;

/// Writes some of a firm's records in transactions of different lengths, and gives some of them up.
async fn write(db: PgPool, firm: Uuid, writer: usize) {
    for round in 0..TRANSACTIONS {
        let mut tx = db.begin().await.unwrap();
        for step in 0..=round % 3 {
            let first = (writer * 7 + round * 3 + step) % 20;
            sqlx::query(
                "insert into record as r (firm_id, connection_id, data_set, kind, procore_id, body, \
                                          body_hash, first_seen_at, last_seen_at, as_of, changed_at, \
                                          change) \
                 select $1, $1, 'offices', 'offices', id, $3, '', now(), now(), now(), now(), \
                        nextval('record_change') \
                 from (select lock_changes($1)) as locked \
                 cross join generate_series($2::bigint, $2::bigint + 4) as id \
                 on conflict (firm_id, connection_id, data_set, kind, project_id, procore_id) \
                 do update set body = excluded.body, change = excluded.change",
            )
            .bind(firm)
            .bind(first as i64)
            .bind(json!({ "by": [writer, round, step] }))
            .execute(&mut *tx)
            .await
            .unwrap();
        }
        // Others get their turn while this transaction is open.
        let pause = ((writer * 5 + round) % 4) as f64 / 2000.0;
        let paused = sqlx::query("select pg_sleep($1)").bind(pause);
        paused.execute(&mut *tx).await.unwrap();
        match round % 5 {
            4 => tx.rollback().await.unwrap(),
            _ => tx.commit().await.unwrap(),
        }
    }
}

/// Reads what comes after a number, a few changes at a time, until there is nothing more; returns the
/// last number.
async fn read_on(
    db: &PgPool,
    firm: &str,
    mut after: i64,
    known: &mut BTreeMap<i64, (String, i64)>,
) -> i64 {
    loop {
        let news: Vec<(i64, i64, String)> = sqlx::query_as(
            "select change, procore_id, md5(body::text) from concierge_v1.change \
             where firm = $1 and change > $2 order by change limit 7",
        )
        .bind(firm)
        .bind(after)
        .fetch_all(db)
        .await
        .unwrap();
        let Some((last, _, _)) = news.last() else {
            return after;
        };
        after = *last;
        for (change, id, body) in news {
            known.insert(id, (body, change));
        }
    }
}

#[tokio::test]
async fn a_follower_misses_nothing_while_others_write() {
    let app = TestApp::start().await;
    let firms = [app.firm("Acme").await.0, app.firm("Bolt").await.0];
    for firm in firms {
        let connection = "insert into connection (firm_id, connection_id, environment, company_id, \
                                                  access_way, state, created_at) \
                          values ($1, $1, 'production', 7, 'own_app', 'connected', now())";
        let connected = sqlx::query(connection).bind(firm).execute(app.db());
        connected.await.unwrap();
    }
    let writing = AtomicUsize::new(WRITERS);
    let writers = (0..WRITERS).map(async |writer| {
        write(app.db().clone(), firms[writer % 2], writer).await;
        writing.fetch_sub(1, Ordering::SeqCst);
    });
    let followers = firms.map(async |firm| {
        let (name, mut after, mut known) = (firm.to_string(), 0, BTreeMap::new());
        loop {
            let is_last = writing.load(Ordering::SeqCst) == 0;
            after = read_on(app.db(), &name, after, &mut known).await;
            if is_last {
                return known;
            }
        }
    });
    let (_, followed) = tokio::join!(
        futures_util::future::join_all(writers),
        futures_util::future::join_all(followers)
    );
    let host = HostProduct::new().await;
    host.follow(&app.db, 7).await;
    let published = published(app.db()).await;
    assert_eq!(host.records().await, published);
    for (firm, known) in firms.into_iter().zip(followed) {
        let of_firm = published.iter().filter(|record| record.1 == firm);
        let of_firm = of_firm.map(|record| (record.3, (record.4.clone(), record.6)));
        assert_eq!(known, of_firm.collect());
    }
}

/// Follows, and has what the views show.
async fn assert_followed(host: &HostProduct, db: &TestDb) -> usize {
    host.follow(db, 40).await;
    let records = host.records().await;
    assert_eq!(records, published(db.pool()).await);
    records.len()
}

#[tokio::test]
async fn whatever_changes_our_copy_is_followed() {
    let chosen = choices(&[DataSet::Offices, DataSet::CostCodes]);
    let live = Live::connected(chosen, SandboxOptions::default()).await;
    let (site, host) = (&live.site, HostProduct::new().await);
    let all = assert_followed(&host, &site.db).await;
    assert!(all > 50, "{all}");

    // By events: changed, created, deleted.
    let offices: Vec<i64> =
        sqlx::query_scalar("select procore_id from concierge_v1.office order by procore_id")
            .fetch_all(live.db())
            .await
            .unwrap();
    let renamed = json!({ "name": "Another name" });
    site.sandbox
        .edit_record("offices", offices[0], renamed)
        .await;
    let created = json!({ "name": "New" });
    site.sandbox.create_record("offices", created).await;
    site.sandbox
        .act_on_record("offices", "delete", offices[1])
        .await;
    live.catch_up().await;
    assert_eq!(assert_followed(&host, &site.db).await, all + 1);
    let there = host.records().await.into_iter();
    let gone: Vec<i64> = there.filter(|it| !it.5).map(|it| it.3).collect();
    assert_eq!(gone, [offices[1]]);

    // Nothing new: nothing moves.
    let before = host.records().await;
    site.advance(24 * 3600).await;
    live.catch_up().await;
    assert_eq!(assert_followed(&host, &site.db).await, all + 1);
    assert_eq!(host.records().await, before);

    // A firm that is removed takes everything along.
    let operator = Actor::System { firm: None };
    let name: String = sqlx::query_scalar("select name from firm where firm_id = $1")
        .bind(site.firm)
        .fetch_one(live.db())
        .await
        .unwrap();
    let none = chrono::TimeDelta::zero();
    remove_firm::run(&site.app, &operator, site.firm, &name, none)
        .await
        .unwrap();
    assert_eq!(assert_followed(&host, &site.db).await, 0);
}

#[tokio::test]
async fn what_is_deleted_here_is_deleted_there() {
    let sets = [DataSet::Projects, DataSet::Offices];
    let site = Site::confirmed(choices(&sets), SandboxOptions::default()).await;
    site.sandbox.set_level("Portfolio", "None").await;
    assert_eq!(site.work_to_the_end().await, RunState::NeedsPerson);
    let host = HostProduct::new().await;
    let all = assert_followed(&host, &site.db).await;
    let stages = host.records().await;
    let stages = stages.iter().filter(|it| it.2 == "project_stage").count();
    assert!(stages > 0 && stages < all, "{stages} of {all}");

    let (admin, set) = (site.admin(), DataSet::Projects);
    let left_out = leave_out_data_set::run(&site.app, &admin, site.onboarding, set).await;
    assert_eq!(left_out.unwrap().0, LeftOut::Done);
    let kept = assert_followed(&host, &site.db).await;
    assert!(kept > 0 && kept < all, "{kept} of {all}");
    // Who begins now comes to the same.
    let newcomer = HostProduct::new().await;
    assert_eq!(assert_followed(&newcomer, &site.db).await, kept);

    let (site, host) = (parked().await, HostProduct::new().await);
    let all = assert_followed(&host, &site.db).await;
    // One record alone, as when inactive ones are not brought any more.
    let deleted = "with deleted as (
            delete from record
            where procore_id = (select min(procore_id) from concierge_v1.department)
            returning firm_id, connection_id, data_set, kind, procore_id
        )
        insert into deleted_records (firm_id, connection_id, data_set, kind, procore_id, change,
                                     deleted_at)
        select *, next_change(firm_id), now() from deleted";
    sqlx::query(deleted).execute(site.db.pool()).await.unwrap();
    assert_eq!(assert_followed(&host, &site.db).await, all - 1);
    close(&site).await.unwrap();
    assert_eq!(site.work_to_the_end().await, RunState::Done);
    assert_eq!(assert_followed(&host, &site.db).await, 0);
}
