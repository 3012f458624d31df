//! The role that serves reads and writes rows, owns nothing, and cannot rewrite the record.

use chrono::TimeDelta;
use sqlx::{AssertSqlSafe, Executor};

use crate::harness::app::TestApp;
use crate::harness::db::{OWNER, SERVING_ROLE, TestDb};
use crate::harness::program::{Program, key};

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
    "create table event_20260101 partition of event for values from ('2026-01-01') to ('2026-01-02')",
    "drop table event_rest",
    "truncate event",
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

/// The roles of an installation as its operator makes them, with nothing but the program.
#[tokio::test]
async fn the_program_separates_the_roles_that_migrate_and_serve() {
    let db = TestDb::create().await;
    // As the operator makes the database; of what is in the template, nothing is kept.
    let bare = format!(
        "drop schema public, concierge_v1 cascade; create schema public authorization {OWNER}; \
         grant usage on schema public to public"
    );
    db.pool().execute(AssertSqlSafe(bare)).await.unwrap();
    let migrate = Program::new(&["migrate"])
        .env("DATABASE_URL", &db.url_as(OWNER))
        .env("CONCIERGE_DATABASE_ROLE", SERVING_ROLE);
    let ran = migrate.run().await;
    assert_eq!(ran.code, 0, "{}", ran.stderr);

    let keys = key("k1");
    let mut server = Program::new(&["serve"])
        .configured(&db.serving_url(), &keys)
        .start();
    server.says("Listening on").await;
    let args = ["firm", "create", "--name", "Acme"];
    let created = Program::new(&args).configured(&db.serving_url(), &keys);
    let created = created.run().await;
    assert_eq!(created.code, 0, "{}", created.stderr);
    let kept = "select count(*) from activity";
    let before: i64 = sqlx::query_scalar(kept).fetch_one(db.pool()).await.unwrap();
    assert!(before > 0);
    let mut conn = db.serving().acquire().await.unwrap();
    for sql in REFUSED {
        let refused = conn.execute(*sql).await.unwrap_err();
        let code = refused.as_database_error().and_then(|error| error.code());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
    let after: i64 = sqlx::query_scalar(kept).fetch_one(db.pool()).await.unwrap();
    assert_eq!(after, before);

    for (url, said) in [
        (
            db.serving_url(),
            "It reads and writes rows, and owns nothing.",
        ),
        (
            db.url_as(OWNER),
            "CONCIERGE_DATABASE_ROLE for `concierge migrate`",
        ),
    ] {
        let ran = Program::new(&["doctor"])
            .configured(&url, &keys)
            .run()
            .await;
        assert!(ran.stdout.contains(said), "{said}: {}", ran.stdout);
    }
}

#[tokio::test]
async fn not_even_the_owner_rewrites_the_record_by_mistake() {
    let app = TestApp::start().await;
    app.firm_admin().await;
    for sql in [
        "delete from activity",
        "update activity set verb = 'other'",
        "select expire_activity(now(), 1); delete from activity",
    ] {
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
async fn the_functions_of_the_owner_have_a_fixed_search_path_and_are_for_one_role() {
    let db = TestDb::create().await;
    let found: Vec<(String, bool, Vec<String>)> = sqlx::query_as(
        "select proname::text, \
                coalesce('search_path=public, pg_temp' = any(proconfig), false), \
                array(select grantee::regrole::text \
                      from aclexplode(coalesce(proacl, acldefault('f', proowner))) \
                      where grantee <> proowner) \
         from pg_proc \
         where pronamespace = 'public'::regnamespace and prosecdef \
         order by 1",
    )
    .fetch_all(db.pool())
    .await
    .unwrap();
    let expected = [
        "drop_event_days",
        "erase_firm",
        "erase_firm_rows",
        "expire_activity",
        "prepare_event_day",
    ]
    .map(|name| (name.to_owned(), true, vec![SERVING_ROLE.to_owned()]));
    assert_eq!(found, expected);
}

/// The days that have a partition of their own, first and last, and how many events there are.
async fn events_kept(app: &TestApp) -> (String, String, i64) {
    sqlx::query_as(
        "select min(name), max(name), (select count(*) from event) \
         from (select inhrelid::regclass::text as name from pg_inherits \
               where inhparent = 'event'::regclass) as partition \
         where name <> 'event_rest'",
    )
    .fetch_one(app.db())
    .await
    .unwrap()
}

#[tokio::test]
async fn events_are_kept_for_90_days_or_as_long_as_it_is_told() {
    let told = TestApp::start_with(&[("CONCIERGE_EVENT_RETENTION", "30d")]).await;
    let usual = TestApp::start().await;
    for (app, days) in [(&told, 30), (&usual, 90)] {
        app.run_jobs().await;
        let day = |from_now: i64| {
            let day = app.now() + TimeDelta::days(from_now);
            format!("event_{}", day.format("%Y%m%d"))
        };
        assert_eq!(events_kept(app).await, (day(0), day(2), 0));
        let today = app.now().date_naive();
        let undated = "1970-01-01".parse().unwrap();
        for day in [today, undated] {
            sqlx::query(
                "insert into event (firm_id, connection_id, hook_id, event_id, day, received_at, body) \
                 values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'one', $1, $2, '{}')",
            )
            .bind::<chrono::NaiveDate>(day)
            .bind(app.now())
            .execute(&mut *app.app.db.acquire().await.unwrap())
            .await
            .unwrap();
        }
        let first = day(0);
        app.advance(TimeDelta::days(days));
        app.run_jobs().await;
        assert_eq!(events_kept(app).await, (first, day(2), 2), "{days}");
        app.advance(TimeDelta::days(1));
        app.run_jobs().await;
        assert_eq!(events_kept(app).await, (day(-days), day(2), 0), "{days}");
    }
}

#[tokio::test]
async fn days_of_events_wait_for_nobody_who_reads() {
    let app = TestApp::start().await;
    app.run_jobs().await;
    let before = events_kept(&app).await;
    app.advance(TimeDelta::days(100));
    let mut reading = app.db().begin().await.unwrap();
    reading.execute("select from event").await.unwrap();
    app.run_jobs().await;
    assert_eq!(events_kept(&app).await, before);
    reading.commit().await.unwrap();
    app.run_jobs().await;
    assert!(events_kept(&app).await.0 > before.1);
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
