//! `concierge migrate`.

use std::time::Duration;

use concierge::store::database::Database;
use concierge::store::migrate::{self, SchemaState, Turn};
use sqlx::{Executor, PgPool};

use crate::harness::db::TestDb;
use crate::harness::pooler::Pooler;
use crate::harness::program::Program;

/// A database as the server makes it.
async fn empty() -> TestDb {
    let db = TestDb::create().await;
    db.pool()
        .execute("drop schema public, concierge_v1 cascade; create schema public")
        .await
        .unwrap();
    db
}

/// Everything that a schema consists of, in words.
async fn described(pool: &PgPool) -> Vec<String> {
    sqlx::query_scalar(
        "select format('%s.%s.%s %s', table_schema, table_name, column_name, data_type)
         from information_schema.columns
         where table_schema = 'public'
         order by 1",
    )
    .fetch_all(pool)
    .await
    .unwrap()
}

fn migrate(db: &TestDb) -> Program {
    Program::new(&["migrate", "--json"]).env("DATABASE_URL", &db.url())
}

#[tokio::test]
async fn migrating_needs_the_database_alone_and_twice_is_once() {
    let db = empty().await;

    let first = migrate(&db).run().await;
    let schema = described(db.pool()).await;
    let second = migrate(&db).run().await;

    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(!first.json()["applied"].as_array().unwrap().is_empty());
    assert_eq!(second.code, 0, "{}", second.stderr);
    assert_eq!(second.json()["applied"], serde_json::json!([]));
    assert_eq!(
        migrate::state(&mut db.pool().acquire().await.unwrap())
            .await
            .unwrap(),
        SchemaState::Current
    );
    assert_eq!(described(db.pool()).await, schema);
}

#[tokio::test]
async fn migrating_from_several_places_at_once_is_once() {
    let db = empty().await;

    let (a, b, c) = tokio::join!(migrate(&db).run(), migrate(&db).run(), migrate(&db).run());

    let mut counts = Vec::new();
    for ran in [&a, &b, &c] {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        counts.push(ran.json()["applied"].as_array().unwrap().len());
    }
    counts.sort();
    assert_eq!(counts[..2], [0, 0], "one does it all");
    assert!(counts[2] > 0);
    let known = TestDb::create().await;
    assert_eq!(described(db.pool()).await, described(known.pool()).await);
}

#[tokio::test]
async fn who_has_the_lock_is_named_and_nobody_waits_for_ever() {
    let (db, pooler) = (TestDb::create().await, Pooler::start().await);
    let url = pooler.url(db.name()).into();
    let (pooled, _) = Database::connect(&url, 3).await.unwrap();
    assert!(pooled.is_pooled());
    for database in [Database::from(db.pool().clone()), pooled] {
        let patience = Duration::from_secs(10);
        let turn = Turn::wait(&database, patience).await.unwrap();

        let Err(error) = Turn::wait(&database, Duration::ZERO).await else {
            panic!("the lock was given twice");
        };
        let holder = "select pid from pg_locks where locktype = 'advisory' and granted
                      and database = (select oid from pg_database
                                      where datname = current_database())";
        let pid: i32 = sqlx::query_scalar(holder)
            .fetch_one(db.pool())
            .await
            .unwrap();
        let said = error.to_string();
        assert!(said.contains(&format!("process {pid} ")), "{said}");
        assert!(
            said.contains(&format!("pg_terminate_backend({pid})")),
            "{said}"
        );

        turn.release().await.unwrap();
        assert!(Turn::wait(&database, patience).await.is_ok());
    }
}

#[tokio::test]
async fn a_pooler_is_migrated_through_and_keeps_no_lock() {
    let (db, pooler) = (empty().await, Pooler::start().await);
    let migrate =
        || Program::new(&["migrate", "--json"]).env("DATABASE_URL", &pooler.url(db.name()));

    let first = migrate().run().await;
    assert_eq!(first.code, 0, "{}", first.stderr);
    assert!(!first.json()["applied"].as_array().unwrap().is_empty());

    // One that fails leaves nothing behind either.
    db.pool()
        .execute("create table aside as select * from _sqlx_migrations; update _sqlx_migrations set checksum = ''")
        .await
        .unwrap();
    let failed = migrate().run().await;
    assert_eq!(failed.code, 1, "{}", failed.stderr);
    db.pool()
        .execute("update _sqlx_migrations set checksum = aside.checksum from aside where aside.version = _sqlx_migrations.version")
        .await
        .unwrap();
    let (one, other) = tokio::join!(migrate().run(), migrate().run());
    for ran in [one, other] {
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert_eq!(ran.json()["applied"], serde_json::json!([]));
    }
}

#[tokio::test]
async fn an_unreachable_database_is_named_without_its_password() {
    let ran = Program::new(&["migrate"])
        .env(
            "DATABASE_URL",
            "postgres://me:hush-hush@127.0.0.1:1/concierge",
        )
        .run()
        .await;
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .contains("the database at 127.0.0.1:1/concierge cannot be reached"),
        "{}",
        ran.stderr
    );
    assert!(!ran.stderr.contains("hush-hush"));
}
