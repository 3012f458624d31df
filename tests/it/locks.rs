//! What is read under a lock is what the transaction before it has written.

use concierge::catalog::DataSet;
use concierge::store::onboardings;
use procore_sandbox::testing::SandboxOptions;

use crate::harness::site::{Site, choices};

/// A flow that waits for another one reads the connection as that one left it.
#[tokio::test]
async fn a_flow_that_waited_reads_the_connection_as_it_is_then() {
    let site = Site::confirmed(choices(&DataSet::ALL), SandboxOptions::default()).await;
    let (db, firm) = (site.db.pool().clone(), site.firm);
    let mut conn = db.acquire().await.unwrap();
    let stored = onboardings::find_open(&mut conn, firm).await.unwrap();
    let id = stored.expect("an open onboarding").onboarding.id;

    let mut first = db.begin().await.unwrap();
    let mut before = onboardings::find_for_update(&mut first, firm, id)
        .await
        .unwrap()
        .expect("it is there");
    let second = tokio::spawn({
        let db = db.clone();
        async move {
            let mut tx = db.begin().await.unwrap();
            let stored = onboardings::find_for_update(&mut tx, firm, id).await;
            tx.rollback().await.unwrap();
            stored.unwrap().expect("it is there").connection
        }
    });
    let waiting = "select count(*) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(&db)
        .await
        .unwrap()
        == 0
    {
        tokio::task::yield_now().await;
    }
    let named = "update connection set company_name = 'Harbor Builders' where firm_id = $1";
    let renamed = sqlx::query(named).bind(firm.0).execute(&mut *first).await;
    assert_eq!(renamed.unwrap().rows_affected(), 1);
    onboardings::save(&mut first, &mut before.onboarding, "a test")
        .await
        .unwrap();
    first.commit().await.unwrap();
    let read = second.await.unwrap().expect("a connection");
    assert_eq!(read.company_name.as_deref(), Some("Harbor Builders"));
}
