//! The private Postgres: made, stopped, killed, and found again as it was.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use super::{Error, Options, PrivatePostgres};
use sqlx::{Connection, Executor, PgConnection};

const FAST: Options = Options {
    durable: false,
    max_connections: 10,
};

/// An empty folder that the account of the server may enter.
fn folder() -> tempfile::TempDir {
    let open = fs::Permissions::from_mode(0o755);
    tempfile::Builder::new()
        .permissions(open)
        .tempdir()
        .unwrap()
}

async fn connect(postgres: &PrivatePostgres) -> PgConnection {
    PgConnection::connect(&postgres.database("shop").await.unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn it_continues_where_it_was() {
    let folder = folder();
    let home = folder.path().join("postgres");

    let postgres = PrivatePostgres::start(&home, FAST).await.unwrap();
    let mut conn = connect(&postgres).await;
    conn.execute("create table note as select 'still here' as text")
        .await
        .unwrap();
    postgres.stop().await.unwrap(); // although we are still connected
    assert!(
        !home.join("data/postmaster.pid").exists(),
        "it was shut down cleanly"
    );

    let postgres = PrivatePostgres::start(&home, FAST).await.unwrap();
    let mut conn = connect(&postgres).await;
    let text: String = sqlx::query_scalar("select text from note")
        .fetch_one(&mut conn)
        .await
        .unwrap();
    assert_eq!(text, "still here");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_second_process_is_told_that_the_folder_is_in_use() {
    let folder = folder();
    let home = folder.path().join("postgres");
    let postgres = PrivatePostgres::start(&home, FAST).await.unwrap();

    let second = PrivatePostgres::start(&home, FAST).await;

    assert!(matches!(second, Err(Error::InUse { .. })), "{second:?}");
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_kept_pid_file_or_a_half_made_cluster_does_not_stand_in_the_way() {
    let folder = folder();
    let home = folder.path().join("postgres");
    let first = PrivatePostgres::start(&home, FAST).await.unwrap();
    let pid_file = fs::read_to_string(home.join("data/postmaster.pid")).unwrap();
    first.stop().await.unwrap();
    // As after a crash, when another process has been given the server's number since.
    let stranger = std::process::id().to_string();
    let old = pid_file.replacen(pid_file.lines().next().unwrap(), &stranger, 1);
    fs::write(home.join("data/postmaster.pid"), old).unwrap();

    let again = PrivatePostgres::start(&home, FAST).await.unwrap();
    connect(&again).await;
    again.stop().await.unwrap();

    // As when making the cluster was cut short.
    fs::rename(home.join("data"), home.join("data.unfinished")).unwrap();
    fs::remove_file(home.join("data.unfinished/PG_VERSION")).unwrap();
    let again = PrivatePostgres::start(&home, FAST).await.unwrap();
    connect(&again).await;
    again.stop().await.unwrap();
}

#[tokio::test]
async fn data_of_another_version_is_left_alone() {
    let folder = folder();
    let home = folder.path().join("postgres");
    PrivatePostgres::start(&home, FAST)
        .await
        .unwrap()
        .stop()
        .await
        .unwrap();
    fs::write(home.join("data/PG_VERSION"), "9\n").unwrap();

    let refused = PrivatePostgres::start(&home, FAST).await;

    let Err(error @ Error::OtherMajor { written_by: 9, .. }) = refused else {
        panic!("{refused:?}")
    };
    assert!(
        error.to_string().contains("install postgresql-9"),
        "{error}"
    );
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_works_too() {
    let folder = folder();
    let home = folder
        .path()
        .join("a folder, \"quoted\" & named at great length ".repeat(3));

    let postgres = PrivatePostgres::start(&home, FAST).await.unwrap();
    connect(&postgres).await;
    postgres.stop().await.unwrap();
}

#[tokio::test]
async fn a_file_where_the_folder_should_be_is_named() {
    let folder = folder();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();

    let refused = PrivatePostgres::start(&file, FAST).await;

    let error = refused.expect_err("a file is no folder").to_string();
    assert!(error.contains(&file.display().to_string()), "{error}");
}
