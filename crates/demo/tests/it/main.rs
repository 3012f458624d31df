//! The demo: started, stopped, killed, and found again as it was.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests may break off, and look at the database and the program from outside"
)]

mod running;

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;

use sqlx::{Connection, Executor, PgConnection};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

use crate::running::Demo;

const ANY_PORT: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[tokio::test]
async fn it_continues_where_it_was_and_starts_over_when_told() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    fs::write(data.join("mine.txt"), "not the demo's").unwrap();

    let first = Demo::start(&data, &ANY_PORT).await.unwrap();
    let before = first.details.clone();
    note(&first, "create table mark ()").await.unwrap();
    assert_eq!(roles_that_serve(&first).await, ["concierge_serve"]);
    assert!(first.interrupt().await.success());
    assert!(!is_running(&data), "Ctrl-C stops the database too");

    let second = Demo::start(&data, &[]).await.unwrap();
    assert_eq!(
        second.details, before,
        "the same addresses, people and firm"
    );
    note(&second, "table mark").await.unwrap();
    assert!(second.interrupt().await.success());

    let third = Demo::start(&data, &["--reset", "--listen", "127.0.0.1:0"])
        .await
        .unwrap();
    assert_ne!(third.text("/admin/password"), before["admin"]["password"]);
    assert!(note(&third, "table mark").await.is_err());
    assert!(third.interrupt().await.success());
    assert!(
        data.join("mine.txt").exists(),
        "only its own files are removed"
    );
}

#[tokio::test]
async fn two_that_start_at_the_same_moment_do_not_take_each_others_simulator() {
    let folders = [folder(), folder()];
    let [one, two] = folders.each_ref().map(|folder| folder.path().join("data"));
    let (one, two) = tokio::join!(Demo::start(&one, &ANY_PORT), Demo::start(&two, &ANY_PORT));
    let (one, two) = (one.unwrap(), two.unwrap());
    assert_ne!(one.text("/procore/url"), two.text("/procore/url"));
    assert!(one.interrupt().await.success());
    assert!(two.interrupt().await.success());
}

#[tokio::test]
async fn killed_it_leaves_nothing_running_and_loses_nothing() {
    let folder = folder();
    let data = folder.path().join("data");
    let demo = Demo::start(&data, &ANY_PORT).await.unwrap();
    let before = demo.details.clone();
    note(&demo, "create table mark ()").await.unwrap();

    demo.kill().await;

    let all_ended = async {
        while is_running(&data) {
            sleep(Duration::from_millis(20)).await;
        }
    };
    timeout(Duration::from_secs(60), all_ended)
        .await
        .expect("the database ends by itself");
    let again = Demo::start(&data, &[]).await.unwrap();
    assert_eq!(again.details, before);
    note(&again, "table mark").await.unwrap();
    assert!(again.interrupt().await.success());
}

#[tokio::test]
async fn what_is_taken_is_said_or_gone_around() {
    let folder = folder();
    let data = folder.path().join("data");
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap().to_string();

    let refused = Demo::start(&data, &["--listen", &taken])
        .await
        .err()
        .unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(
        refused.said.contains(&format!("{taken} is taken")),
        "{}",
        refused.said
    );

    // Whoever uses the usual port, with or without another program on it, gets a demo.
    let usual = TcpListener::bind("127.0.0.1:8080");
    let demo = Demo::start(&data, &[]).await.unwrap();
    drop(usual);
    assert_ne!(demo.text("/url"), "http://localhost:8080/");

    let second = Demo::start(&data, &ANY_PORT).await.err().unwrap();
    assert!(
        second.said.contains("A demo is running on"),
        "{}",
        second.said
    );
    assert!(demo.interrupt().await.success());
}

/// An empty folder that the account of the private Postgres may enter.
fn folder() -> TempDir {
    let open = fs::Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .permissions(open)
        .tempdir()
        .unwrap()
}

async fn note(demo: &Demo, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut conn = PgConnection::connect(demo.text("/database_url")).await?;
    conn.execute(sql).await?;
    conn.close().await
}

/// Who is connected to the demo's database, apart from the test.
async fn roles_that_serve(demo: &Demo) -> Vec<String> {
    let url = demo.text("/database_url");
    let mut conn = PgConnection::connect(url).await.unwrap();
    let roles = "select distinct usename::text from pg_stat_activity \
                 where datname = current_database() and pid <> pg_backend_pid()";
    sqlx::query_scalar(roles)
        .fetch_all(&mut conn)
        .await
        .unwrap()
}

/// Whether the database's process is there.
fn is_running(data: &Path) -> bool {
    let pid_file = fs::read_to_string(data.join("postgres/data/postmaster.pid"));
    pid_file.is_ok_and(|text| {
        Path::new("/proc")
            .join(text.lines().next().unwrap())
            .exists()
    })
}
