//! The harness's own promise: databases that know nothing of each other.

use concierge::store::migrate::{self, SchemaState};
use sqlx::Executor;

use crate::harness::db::TestDb;

#[tokio::test]
async fn every_test_has_a_migrated_database_of_its_own() {
    let (one, other) = tokio::join!(TestDb::create(), TestDb::create());

    assert_eq!(
        migrate::state(&mut one.pool().acquire().await.unwrap())
            .await
            .unwrap(),
        SchemaState::Current
    );
    one.pool()
        .execute("create table only_here ()")
        .await
        .unwrap();

    assert!(other.pool().execute("table only_here").await.is_err());
}

#[tokio::test]
async fn the_database_is_gone_after_the_test() {
    let one = TestDb::create().await;
    let other = TestDb::create().await;
    let count = "select count(*) from pg_database where datname = $1";
    let name = one
        .pool()
        .connect_options()
        .get_database()
        .unwrap()
        .to_owned();
    let left = sqlx::query_scalar::<_, i64>(count).bind(name);

    drop(one);

    assert_eq!(left.fetch_one(other.pool()).await.unwrap(), 0);
}
