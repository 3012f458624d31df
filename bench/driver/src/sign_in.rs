//! Signing in: how many people a second, and the memory that it takes.

use std::net::SocketAddr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use sqlx::{Connection as _, PgConnection};
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::admin::{FIRMS, firm_id};
use crate::http::Connection;
use crate::place::Place;
use crate::server::Server;
use crate::steps::AT_ONCE;

const PASSWORD: &str = "seven quiet otters paint";

/// What came of it. Memory is in KiB.
pub struct SignIns {
    pub times: Vec<Duration>,
    pub elapsed: Duration,
    pub idle: u64,
    pub peak: u64,
}

/// Signs so many people in, each with a session of their own.
pub async fn measure(place: &Place, keys: &str, people: usize) -> Result<SignIns> {
    ensure!(people <= FIRMS, "there are {FIRMS} people");
    let database = place.copy("bench_sign_in").await?;
    give_passwords(place, keys, &database).await?;
    let server = Server::concierge(place, "concierge-sign-in", &database, keys, None).await?;
    let mut conn = Connection::open(server.address).await?;
    let page = conn.get("/sign-in", "").await?;
    ensure!(page.status == 200, "there is no page to sign in");

    let idle = server.memory()?.anonymous;
    let began = Instant::now();
    let mut workers = JoinSet::new();
    for worker in 0..AT_ONCE {
        let firms = (1 + worker..=people).step_by(AT_ONCE).collect();
        workers.spawn(sign_in(server.address, firms));
    }
    let mut times = Vec::new();
    while let Some(done) = workers.join_next().await {
        times.extend(done??);
    }
    let elapsed = began.elapsed();
    let peak = server.most_memory();
    server.stop().await?;
    times.sort_unstable();
    Ok(SignIns {
        times,
        elapsed,
        idle,
        peak,
    })
}

async fn sign_in(address: SocketAddr, firms: Vec<usize>) -> Result<Vec<Duration>> {
    let mut conn = Connection::open(address).await?;
    let mut times = Vec::new();
    for firm in firms {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("email", &format!("ada{firm}@example.com"))
            .append_pair("password", PASSWORD)
            .finish();
        let began = Instant::now();
        let answer = conn.post("/sign-in", "", &form).await?;
        times.push(began.elapsed());
        let said = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status == 303, "answered {}: {said}", answer.status);
    }
    Ok(times)
}

/// Gives everybody the hash of one password, made by the product.
async fn give_passwords(place: &Place, keys: &str, database: &str) -> Result<()> {
    let firm = firm_id(1).to_string();
    let mut command = Command::new(&place.concierge)
        .args(["user", "create", "--email", "one@example.com"])
        .args(["--firm", &firm, "--password-stdin"])
        .env("DATABASE_URL", database)
        .env("CONCIERGE_ENCRYPTION_KEYS", keys)
        .env("PROCORE_WEBHOOK_NAMESPACE", "bench")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()?;
    let mut input = command.stdin.take().context("there is an input")?;
    input.write_all(PASSWORD.as_bytes()).await?;
    drop(input);
    ensure!(
        command.wait().await?.success(),
        "the person was not created"
    );
    let mut db = PgConnection::connect(database).await?;
    sqlx::query(
        "update person set password_hash = (select max(password_hash) from person) \
         where password_hash is null",
    )
    .execute(&mut db)
    .await?;
    Ok(())
}
