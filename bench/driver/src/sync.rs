//! A first reading of a data set, driven from the first step of the setup to its last, against a
//! simulated Procore; and the same rows put into a bare table.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use sqlx::types::chrono::{DateTime, Utc};
use sqlx::{Connection as _, Executor, PgConnection};

use crate::admin::{Admin, at_review, firm_id};
use crate::connect::{self, Company};
use crate::http::Connection;
use crate::place::Place;
use crate::server::Server;

/// The largest page that Procore's lists give.
const LARGEST_PAGE: usize = 2000;
const LIST: &str = "/rest/v1.0/vendors?";

/// What one reading took.
#[derive(Clone, Debug)]
pub struct Reading {
    pub records: usize,
    pub calls: usize,
    pub fewest_calls: usize,
    /// The most anonymous memory of the product over its life, in KiB.
    pub peak: u64,
    /// From the first call to the last record, as the ledger tells.
    pub took: Duration,
    /// The bare insert of the same rows.
    pub bare: Duration,
    /// CPU of the product, of Postgres and of the simulated Procore while completing.
    pub cpu: [Duration; 3],
}

impl Reading {
    pub fn per_second(&self) -> f64 {
        self.records as f64 / self.took.as_secs_f64()
    }

    pub fn bare_per_second(&self) -> f64 {
        self.records as f64 / self.bare.as_secs_f64()
    }
}

/// Reads `records` vendors into a new database with a new process.
pub async fn read(place: &Place, keys: &str, records: usize) -> Result<Reading> {
    let name = format!("bench_sync_{records}");
    let database = place.copy(&name).await?;
    let sandbox = Server::sandbox(place, &format!("sandbox-{records}"), records).await?;
    let procore = sandbox.url();
    let log = format!("concierge-sync-{records}");
    let server = Server::concierge(place, &log, &database, keys, Some(&procore)).await?;
    let mut db = PgConnection::connect(&database).await?;

    let done = walk(place, &sandbox, &server, &mut db).await;
    let cpu = done.with_context(|| format!("{log} said:\n{}", server.said()))?;
    let peak = server.most_memory();
    let calls = calls(&sandbox).await?;
    let (stored, took) = stored(&mut db).await?;
    ensure!(stored == records, "{stored} of {records} records were kept");
    server.stop().await?;
    sandbox.stop().await?;

    let bare = bare(&mut db).await?;
    db.close().await?;
    place.drop(&name).await?;
    Ok(Reading {
        records,
        calls,
        fewest_calls: records.div_ceil(LARGEST_PAGE),
        peak,
        took,
        bare,
        cpu,
    })
}

/// The whole setup. Returns the CPU time that all processes used from the confirmed plan to its
/// end.
async fn walk(
    place: &Place,
    sandbox: &Server,
    server: &Server,
    db: &mut PgConnection,
) -> Result<[Duration; 3]> {
    let firm = at_review(0);
    let mut admin = Admin::open(server.address).await?;
    connect::up_to_complete(&mut admin, db, firm, &Company::first()).await?;

    Connection::open(sandbox.address)
        .await?
        .post_json("/__control/requests/reset", "{}")
        .await?;
    let cpu = || -> Result<[_; 3]> { Ok([server.cpu()?, place.postgres_cpu()?, sandbox.cpu()?]) };
    let before = cpu()?;
    connect::complete(&mut admin, db, firm).await?;
    let after = cpu()?;
    Ok(std::array::from_fn(|who| (after[who] - before[who]).time()))
}

/// Calls for pages of the list, without the one that asks what changed meanwhile.
async fn calls(sandbox: &Server) -> Result<usize> {
    let mut conn = Connection::open(sandbox.address).await?;
    let answer = conn.get("/__control/requests", "").await?;
    let requests: Value = serde_json::from_slice(&answer.body)?;
    let latest = requests["latest"]
        .as_array()
        .context("no list of requests")?;
    let paths = latest.iter().filter_map(|request| request["path"].as_str());
    let of_list = paths.filter(|path| path.starts_with(LIST) && !path.contains("updated_at"));
    Ok(of_list.count())
}

/// How many records were kept, and how long the reading took by the ledger.
async fn stored(db: &mut PgConnection) -> Result<(usize, Duration)> {
    let (records, seconds): (i64, f64) = sqlx::query_as(
        "select (select count(*) from record where data_set = 'vendors' and kind = 'vendors'),
                extract(epoch from finished_at - started_at)::float8
         from action
         where name = 'sync:vendors'",
    )
    .fetch_one(db)
    .await?;
    Ok((usize::try_from(records)?, Duration::from_secs_f64(seconds)))
}

#[derive(sqlx::FromRow)]
struct Row {
    procore_id: i64,
    body: String,
    body_hash: Vec<u8>,
    procore_updated_at: Option<DateTime<Utc>>,
}

/// Puts the rows into an empty table of the same shape, as fast as one connection can: a statement
/// for as many rows as a page holds, everything ready in memory.
async fn bare(db: &mut PgConnection) -> Result<Duration> {
    let rows: Vec<Row> = sqlx::query_as(
        "select procore_id, body::text as body, body_hash, procore_updated_at
         from record where data_set = 'vendors' and kind = 'vendors' order by procore_id",
    )
    .fetch_all(&mut *db)
    .await?;
    db.execute("create table bare (like record including all)")
        .await?;
    db.execute("checkpoint").await?;
    let (firm, now) = (firm_id(at_review(0)), Utc::now());
    let began = Instant::now();
    for page in rows.chunks(LARGEST_PAGE) {
        let ids: Vec<i64> = page.iter().map(|row| row.procore_id).collect();
        let bodies: Vec<&str> = page.iter().map(|row| row.body.as_str()).collect();
        let hashes: Vec<&[u8]> = page.iter().map(|row| row.body_hash.as_slice()).collect();
        let updated: Vec<_> = page.iter().map(|row| row.procore_updated_at).collect();
        sqlx::query(
            "insert into bare (firm_id, connection_id, data_set, kind, project_id, procore_id,
                               body, body_hash, procore_updated_at, first_seen_at, last_seen_at,
                               as_of, changed_at, change)
             select $1, $1, 'vendors', 'vendors', 0, page.id, page.body::jsonb, page.hash,
                    page.updated_at, $2, $2, $2, $2, page.id
             from unnest($3::bigint[], $4::text[], $5::bytea[], $6::timestamptz[])
                 as page (id, body, hash, updated_at)",
        )
        .bind(firm)
        .bind(now)
        .bind(ids)
        .bind(bodies)
        .bind(hashes)
        .bind(updated)
        .execute(&mut *db)
        .await?;
    }
    Ok(began.elapsed())
}
