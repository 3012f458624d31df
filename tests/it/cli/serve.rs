//! `concierge serve`.

use sqlx::Executor;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::harness::db::TestDb;
use crate::harness::pooler::Pooler;
use crate::harness::program::{Program, address_in, key};

/// Descriptors of a process in want of them: enough for its own needs and some clients.
const FEW_DESCRIPTORS: u32 = 96;

fn serve(db: &TestDb, args: &[&str]) -> Program {
    let args: Vec<&str> = ["serve"].iter().chain(args).copied().collect();
    Program::new(&args).configured(&db.serving_url(), &key("k1"))
}

async fn get(url: &str) -> (u16, String) {
    let answer = reqwest::get(url).await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn it_refuses_a_schema_that_is_older() {
    let db = TestDb::create().await;
    db.pool()
        .execute("drop table _sqlx_migrations")
        .await
        .unwrap();

    let ran = serve(&db, &[]).run().await;

    assert_eq!(ran.code, 4);
    assert!(
        ran.stderr.contains("schema is older than this release"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("concierge migrate"), "{}", ran.stderr);
}

#[tokio::test]
async fn it_refuses_a_schema_that_is_newer_and_so_does_migrate() {
    let db = TestDb::create().await;
    db.pool()
        .execute(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
             values (29990101000000, 'of a later release', true, '', 0)",
        )
        .await
        .unwrap();

    for ran in [
        serve(&db, &["--role", "worker"]).run().await,
        Program::new(&["migrate"])
            .env("DATABASE_URL", &db.url())
            .run()
            .await,
    ] {
        assert_eq!(ran.code, 4, "{}", ran.stderr);
        assert!(
            ran.stderr.contains("newer than this release"),
            "{}",
            ran.stderr
        );
        assert!(ran.stderr.contains("29990101000000"), "{}", ran.stderr);
    }
}

#[tokio::test]
async fn it_answers_and_stops_in_order_when_asked_to() {
    let db = TestDb::create().await;
    for name in ["TERM", "INT"] {
        let mut server = serve(&db, &[]).start();
        let address = address_in(&server.says("Listening on").await);

        let healthy = get(&format!("{address}/healthz")).await;
        let ready = get(&format!("{address}/readyz")).await;
        assert_eq!(healthy, (200, "alive\n".to_owned()));
        assert_eq!(ready, (200, "ready\n".to_owned()));

        server.signal(name).await;
        server.says("Stopped").await;
        assert_eq!(server.ends().await, 0);
    }
}

#[tokio::test]
async fn more_half_open_connections_than_descriptors_take_nothing_away() {
    let db = TestDb::create().await;
    let mut server = Program::with_descriptors(&["serve", "--role", "web"], FEW_DESCRIPTORS)
        .configured(&db.url(), &key("k1"))
        .start();
    let address = address_in(&server.says("Listening on").await);
    let peer = address.trim_start_matches("http://");

    let mut half_open = Vec::new();
    for _ in 0..4 * FEW_DESCRIPTORS {
        let mut stream = TcpStream::connect(peer).await.unwrap();
        // One that was ended already takes no more.
        let _ = stream.write_all(b"GET / HTTP/1.1\r\nX-Slow: ").await;
        half_open.push(stream);
    }
    for path in ["/healthz", "/readyz", "/sign-in"] {
        let (status, _) = get(&format!("{address}{path}")).await;
        assert_eq!(status, 200, "{path}");
    }
    drop(half_open);
    server.signal("TERM").await;
    server.says("Stopped").await;
    assert_eq!(server.ends().await, 0);
}

#[tokio::test]
async fn readiness_follows_the_schema() {
    let db = TestDb::create().await;
    let mut server = serve(&db, &["--role", "web"]).start();
    let address = address_in(&server.says("Listening on").await);

    db.pool()
        .execute("alter table _sqlx_migrations rename to aside")
        .await
        .unwrap();
    let (status, text) = get(&format!("{address}/readyz")).await;
    assert_eq!(status, 503);
    assert!(text.contains("concierge migrate"), "{text}");
    assert_eq!(get(&format!("{address}/healthz")).await.0, 200);

    db.pool()
        .execute("alter table aside rename to _sqlx_migrations")
        .await
        .unwrap();
    assert_eq!(get(&format!("{address}/readyz")).await.0, 200);
}

#[tokio::test]
async fn a_database_that_is_down_is_told_as_that() {
    let db = TestDb::create().await;
    let mut server = serve(&db, &["--role", "web"]).start();
    let address = address_in(&server.says("Listening on").await);

    // A database is closed from another one.
    let (other, name) = (TestDb::create().await, db.name());
    let takes = |connections: bool| {
        let sql = format!(r#"alter database "{name}" allow_connections {connections}"#);
        other.pool().execute(sqlx::AssertSqlSafe(sql))
    };
    takes(false).await.unwrap();
    sqlx::query("select pg_terminate_backend(pid, 1000) from pg_stat_activity where datname = $1")
        .bind(name)
        .execute(other.pool())
        .await
        .unwrap();
    let (status, text) = get(&format!("{address}/readyz")).await;
    assert_eq!(status, 503);
    assert_eq!(text, "not ready: the database does not answer\n");
    let logged = server.says("Not ready").await;
    assert!(!logged.contains("migration"), "{logged}");
    assert_eq!(get(&format!("{address}/healthz")).await.0, 200);

    takes(true).await.unwrap();
    assert_eq!(get(&format!("{address}/readyz")).await.0, 200);
}

#[tokio::test]
async fn a_pooler_is_served_through() {
    let (db, pooler) = (TestDb::create().await, Pooler::start().await);
    let serve = Program::new(&["serve"]).configured(&pooler.serving_url(db.name()), &key("k1"));
    let mut server = serve.start();
    let address = address_in(&server.says("Listening on").await);
    for page in ["readyz", "sign-in", "sign-in"] {
        assert_eq!(get(&format!("{address}/{page}")).await.0, 200, "{page}");
    }
    server.signal("TERM").await;
    assert_eq!(server.ends().await, 0);
}

#[tokio::test]
async fn a_worker_answers_nobody_and_stops_in_order() {
    let db = TestDb::create().await;
    let mut worker = serve(&db, &["--role", "worker"]).start();
    worker.says("Handling jobs").await;
    worker.signal("TERM").await;
    worker.says("Stopped").await;
    assert_eq!(worker.ends().await, 0);
}

#[tokio::test]
async fn an_address_in_use_is_named_with_its_setting() {
    let db = TestDb::create().await;
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();

    let ran = serve(&db, &[])
        .env("CONCIERGE_LISTEN", &address)
        .run()
        .await;

    assert_eq!(ran.code, 1);
    let expected = format!("CONCIERGE_LISTEN: cannot listen on {address}");
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
}

#[tokio::test]
async fn metrics_have_an_address_of_their_own_and_logs_can_be_json() {
    let db = TestDb::create().await;
    let mut server = serve(&db, &["--role", "web"])
        .env("CONCIERGE_METRICS_LISTEN", "127.0.0.1:0")
        .env("CONCIERGE_LOG_FORMAT", "json")
        .start();
    let metrics = server.says("Metrics on").await;
    let web = server.says("Listening on").await;
    let [metrics, web] = [metrics, web].map(|line| {
        let line: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(line["level"], "INFO");
        address_in(line["message"].as_str().unwrap())
    });

    assert_eq!(get(&format!("{web}/reset/a-secret-token")).await.0, 404);
    assert_eq!(get(&format!("{web}/metrics")).await.0, 404);
    let (status, text) = get(&metrics).await;

    assert_eq!(status, 200);
    assert!(text.contains("concierge_http_requests_total"), "{text}");
    assert!(!text.contains("a-secret-token"), "{text}");
    assert!(text.contains("concierge_queue_jobs 0"), "{text}");
}
