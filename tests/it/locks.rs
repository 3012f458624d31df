//! What is read under a lock is what the transaction before it has written.

use concierge::catalog::DataSet;
use concierge::store::database::Database;
use concierge::store::onboardings;
use procore_sandbox::testing::SandboxOptions;
use sqlx::{PgPool, Row};

use crate::harness::app::{PASSWORD, TestApp};
use crate::harness::db::TestDb;
use crate::harness::site::{Site, choices};

/// Returns once a transaction waits for another one's lock.
pub(crate) async fn until_somebody_waits(db: &PgPool) {
    until_so_many_wait(db, 1).await;
}

/// Returns once so many transactions wait for locks.
pub(crate) async fn until_so_many_wait(db: &PgPool, transactions: i64) {
    let waiting = "select count(*) from pg_stat_activity \
                   where datname = current_database() and wait_event_type = 'Lock'";
    while sqlx::query_scalar::<_, i64>(waiting)
        .fetch_one(db)
        .await
        .unwrap()
        < transactions
    {
        tokio::task::yield_now().await;
    }
}

/// A flow that waits for another one reads the connection as that one left it.
#[tokio::test]
async fn a_flow_that_waited_reads_the_connection_as_it_is_then() {
    let site = Site::confirmed(choices(&DataSet::OF_COMPANY), SandboxOptions::default()).await;
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
    until_somebody_waits(&db).await;
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

/// A sign-in that checked the old password opens nothing once a reset has ended all sessions.
#[tokio::test]
async fn a_sign_in_under_way_does_not_survive_a_new_password() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let db = app.db();
    let mut reset = db.begin().await.unwrap();
    let changed = "update person set password_hash = 'another' where person_id = $1";
    let changed = sqlx::query(changed)
        .bind(admin.person.0)
        .execute(&mut *reset);
    assert_eq!(changed.await.unwrap().rows_affected(), 1);
    let ended = "delete from session where person_id = $1";
    let ended = sqlx::query(ended).bind(admin.person.0).execute(&mut *reset);
    assert_eq!(ended.await.unwrap().rows_affected(), 1);

    let browser = app.browser();
    let form = [("email", admin.email.as_str()), ("password", PASSWORD)];
    let (page, ()) = tokio::join!(browser.post("/sign-in", &form), async {
        until_somebody_waits(db).await;
        reset.commit().await.unwrap();
    });
    assert_eq!(page.status, 422, "{}", page.text());
    let sessions = "select count(*) from session where person_id = $1";
    let sessions: i64 = sqlx::query_scalar(sessions)
        .bind(admin.person.0)
        .fetch_one(db)
        .await
        .unwrap();
    assert_eq!(sessions, 0);
}

/// Somebody closes the page, or a time limit ends a request, while its transaction begins.
#[tokio::test]
async fn a_transaction_that_is_given_up_while_it_begins_does_not_stay_open() {
    let db = TestDb::create().await;
    let (database, first) = Database::connect(&db.serving_url().into(), 1)
        .await
        .unwrap();
    drop(first);
    for polls in 0..20 {
        let wait = async {
            for _ in 0..polls {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            biased;
            begun = database.begin() => drop(begun.unwrap()),
            () = wait => (),
        }
        let mut conn = database.acquire().await.unwrap();
        // Alone, and not in a transaction that began before.
        let alone = sqlx::raw_sql("select now() = statement_timestamp()");
        let alone: bool = alone.fetch_one(&mut *conn).await.unwrap().get(0);
        assert!(alone, "given up after {polls} polls");
    }
}
