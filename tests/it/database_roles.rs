//! The role that serves reads and writes rows, owns nothing, and cannot rewrite the record.

use chrono::TimeDelta;
use sqlx::Executor;

use crate::harness::app::TestApp;
use crate::harness::db::TestDb;

/// What a process that serves must not be able to do.
const REFUSED: &[&str] = &[
    "delete from activity",
    "update activity set verb = 'other'",
    "truncate activity",
    "alter table activity disable trigger all",
    "drop trigger activity_append_only on activity",
    "drop table activity",
    "create table another ()",
    "create or replace function refuse_change() returns trigger language plpgsql as \
     'begin return new; end'",
    "delete from firm",
    "insert into removed_firm (firm_id, removed_at, removed_by, rows, procore) \
     values (gen_random_uuid(), now(), 'nobody', '{}', 'nothing')",
    "delete from removed_firm",
    "update removed_firm set removed_by = 'nobody'",
    "delete from _sqlx_migrations",
    "select firm_tables(true)",
];

#[tokio::test]
async fn the_role_that_serves_cannot_rewrite_the_record_or_change_the_schema() {
    let app = TestApp::start().await;
    let admin = app.firm_admin().await;
    let before = app.activity_of(admin.firm).await;
    let mut conn = app.app.db.acquire().await.unwrap();
    conn.execute("set concierge.erasing = 'on'").await.unwrap();
    for sql in REFUSED {
        let refused = conn.execute(*sql).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
    assert_eq!(app.activity_of(admin.firm).await, before);
}

#[tokio::test]
async fn not_even_the_owner_rewrites_the_record_by_mistake() {
    let app = TestApp::start().await;
    app.firm_admin().await;
    for sql in ["delete from activity", "update activity set verb = 'other'"] {
        let refused = app.db().execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test]
async fn nobody_erases_a_firm_without_its_receipt() {
    let db = TestDb::create().await;
    let unknown = db
        .serving()
        .execute("select erase_firm_rows(gen_random_uuid(), 10, now())")
        .await
        .unwrap_err();
    assert!(unknown.to_string().contains("was not removed"), "{unknown}");
    let stranger = "select has_function_privilege('public', 'erase_firm(uuid, text, timestamptz, text)', 'execute')";
    let may: bool = sqlx::query_scalar(stranger)
        .fetch_one(db.pool())
        .await
        .unwrap();
    assert!(!may, "only the role that was granted it");
}

#[tokio::test]
async fn every_function_of_the_owner_has_a_fixed_search_path() {
    let db = TestDb::create().await;
    let loose: Vec<String> = sqlx::query_scalar(
        "select proname::text from pg_proc \
         where pronamespace = 'public'::regnamespace and prosecdef \
           and not coalesce('search_path=public, pg_temp' = any(proconfig), false)",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    assert_eq!(loose, Vec::<String>::new());
}

#[tokio::test]
async fn the_record_is_kept_for_two_years_or_as_long_as_it_is_told() {
    let app = TestApp::start_with(&[("CONCIERGE_AUDIT_RETENTION", "60d")]).await;
    let usual = TestApp::start().await;
    for (app, days) in [(&app, 60), (&usual, 730)] {
        let firm = app.firm("Acme").await;
        app.advance(TimeDelta::days(days - 1));
        app.run_jobs().await;
        assert_eq!(
            app.activity_of(firm).await.first().map(String::as_str),
            Some("firm.created")
        );
        app.advance(TimeDelta::days(2));
        app.run_jobs().await;
        let left = app.activity_of(firm).await;
        assert!(
            !left.contains(&"firm.created".to_owned()),
            "{days}: {left:?}"
        );
    }
}

#[tokio::test]
async fn the_last_30_days_always_stay() {
    let app = TestApp::start().await;
    let firm = app.firm("Acme").await;
    let sql = "insert into activity (activity_id, firm_id, at, actor_kind, actor_name, verb, visible_to) \
               values ('01000000-0000-0000-0000-000000000000', $1, now() - $2, 'system', '', 'old', 'firm')";
    let recent = sqlx::query(sql).bind(firm).bind(TimeDelta::days(29));
    recent.execute(app.db()).await.unwrap();
    let serving = app.app.db.acquire();
    let sql = "select expire_activity('infinity', 1)";
    let expired: i64 = sqlx::query_scalar(sql)
        .fetch_one(&mut *serving.await.unwrap())
        .await
        .unwrap();
    assert_eq!(expired, 0);
}
