//! What connected firms cost at the database while nothing of theirs is due.

use concierge::worker;
use sqlx::AssertSqlSafe;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::harness::app::{TestApp, drain};
use crate::harness::wire::Wire;

/// Rounds before the one that counts: until every connection has prepared its statements.
const WARMING: usize = 3;

/// Connected firms of the table `seed` whose next look and next reconcile are days away.
const FIRMS: &[&str] = &[
    "insert into firm (firm_id, name, created_at) select id, 'Harbor ' || n, $1 from seed",
    "insert into connection (firm_id, connection_id, environment, company_id, access_way, company_name,
                             state, created_at, connected_at)
     select id, id, 'production', n, 'own_app', 'Harbor', 'connected', $1, $1 from seed",
    "insert into onboarding (firm_id, onboarding_id, stage, connection_id, changed_by, created_at,
                             updated_at)
     select id, id, 'done', id, 'Ada', $1, $1 from seed",
    "insert into queue_line (firm_id, line_id, onboarding_id, firm_name, stage, furthest, situation,
                             waiting_on, since, progress_at, started_at, is_open, needs_person, urgency,
                             urgent_at, completed_at)
     select id, id, id, 'Harbor', 'done', 7, 'done', 'nobody', $1, $1, $1, false, false, 9, $1, $1
     from seed",
    "insert into work (kind, key, firm_id, due_at)
     select kind, id, id, $1::timestamptz + interval '3 days'
     from seed, unnest(array['watch_connection', 'reconcile']) as kind",
];

/// The statements of one round: everything periodic once, with a look at what is due before and after.
async fn statements_of_a_round(firms: i32) -> usize {
    let wire = Wire::open().await;
    let app = TestApp::connect(&[], |db| wire.serving_url(db.name())).await;
    let mut conn = app.db().acquire().await.unwrap();
    let seed = format!(
        "create temporary table seed as
         select n, ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid as id
         from generate_series(1, {firms}) as n"
    );
    let seeded = sqlx::query(AssertSqlSafe(seed)).execute(&mut *conn).await;
    seeded.unwrap();
    for &sql in FIRMS {
        let filled = sqlx::query(sql).bind(app.now()).execute(&mut *conn).await;
        filled.unwrap();
    }
    drop(conn);
    let worker = worker::new(app.app.clone(), CancellationToken::new());
    let mut sent = 0;
    for _ in 0..=WARMING {
        sqlx::query("update work set due_at = $1 where key = $2")
            .bind(app.now())
            .bind(Uuid::nil())
            .execute(app.db())
            .await
            .unwrap();
        app.settle().await;
        wire.take();
        assert_eq!(drain(&worker).await, 0, "nothing of a firm's is due");
        app.settle().await;
        (sent, _) = wire.take();
    }
    sent
}

#[tokio::test]
async fn two_thousand_idle_firms_cost_no_statement_more_than_two() {
    let few = statements_of_a_round(2).await;
    let many = statements_of_a_round(2_000).await;
    assert!(few > 0);
    assert_eq!(many, few);
}
