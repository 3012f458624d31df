//! Far more events wait than are applied in a while: nobody at a page waits for them.

use std::sync::Arc;

use concierge::paths;
use concierge::worker;
use tokio_util::sync::CancellationToken;

use crate::harness::walk::Walk;

/// Events of so many records that Procore does not know.
const FLOOD: i64 = 10_000;

async fn count(walk: &Walk, sql: &'static str) -> i64 {
    let count = sqlx::query_scalar(sql).bind(walk.admin.firm);
    count.fetch_one(walk.app.db()).await.unwrap()
}

async fn let_wait(walk: &Walk) {
    let flood = "insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, due_at, body)
                 select firm_id, connection_id, hook_id, 'event-' || n, $2::timestamptz::date, $2, $2,
                        jsonb_build_object('id', 'event-' || n, 'resource_type', 'Offices',
                                           'resource_id', (9000000 + n)::text, 'reason', 'update')
                 from hook, generate_series(1, $3) as n where firm_id = $1";
    let due = "insert into work (kind, key, firm_id, due_at)
               select 'events', connection_id, firm_id, $2 from connection where firm_id = $1
               on conflict do nothing";
    let (firm, now) = (walk.admin.firm, walk.app.now());
    let flood = sqlx::query(flood).bind(firm).bind(now).bind(FLOOD);
    flood.execute(walk.app.db()).await.unwrap();
    let due = sqlx::query(due).bind(firm).bind(now);
    due.execute(walk.app.db()).await.unwrap();
}

#[tokio::test]
async fn a_flood_of_events_delays_neither_a_page_nor_a_check() {
    let walk = Walk::without_pauses().await;
    walk.connect(&["offices"]).await;
    let_wait(&walk).await;
    let stop = CancellationToken::new();
    let worker = worker::new(walk.app.app.clone(), stop.clone());
    let working = tokio::spawn(Arc::clone(&worker).run(None, stop.clone()));
    let waiting = "select count(*) from event where firm_id = $1 and handled_at is null";
    let begun = "select count(*) from event where firm_id = $1 and tries > 0";
    while count(&walk, begun).await == 0 {
        tokio::task::yield_now().await;
    }

    let permissions = paths::integration_page(walk.admin.firm, "permissions");
    let browser = &walk.admin.browser;
    let page = browser.get(&permissions).await;
    assert_eq!(page.status, 200);
    let again = page.button("Check again").expect("it may be checked");
    browser.submit(&again, &[]).await;
    let checking = "select count(*) from check_run where firm_id = $1 and finished_at is null";
    while count(&walk, checking).await > 0 {
        let page = browser.get(&paths::integration(walk.admin.firm)).await;
        assert_eq!(page.status, 200);
    }
    assert!(count(&walk, waiting).await > FLOOD / 2, "they still wait");
    let passed = "select count(*) from check_run
                  where firm_id = $1 and outcome = 'passed' and purpose = 'permissions'";
    assert!(count(&walk, passed).await > 0);
    stop.cancel();
    working.await.unwrap();
}
