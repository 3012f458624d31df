//! What connected firms cost while nothing happens: the process's own rounds, and the look at each firm
//! that falls due every hour.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection as _, Executor, PgConnection};

use super::{GLANCE, PATIENCE, calls_of, transactions, until_nothing_is_due};
use crate::http::Connection;
use crate::place::Place;
use crate::server::{Server, VendorApp, free_address};

/// Numbers of firms that are compared.
const FIRMS: [usize; 4] = [10, 100, 1_000, 10_000];
/// Looks that are measured with each number of firms.
const LOOKS: usize = 1_000;
/// What a firm may cost with the most firms, to what it costs with the fewest but one: with ten, a tick of
/// the clock of CPU says little.
const FLAT: f64 = 1.2;

const CLIENT: VendorApp = VendorApp {
    client_id: "bench-vendor-0123456789-abcdefghijklmnopqrs",
    client_secret: "bench-secret-0123456789-abcdefghijklmnopqrs",
};

/// What something cost.
#[derive(Clone, Copy, Default)]
struct Cost {
    own: Duration,
    postgres: Duration,
    transactions: i64,
    calls: u64,
}

/// Watches a process that looks after ever more firms.
pub async fn measure(place: &Place, keys: &str, seconds: usize) -> Result<()> {
    let sandbox = Server::sandbox(place, "sandbox-idle", 1).await?;
    let database = place.copy("bench_idle").await?;
    let mut db = PgConnection::connect(&database).await?;
    println!("### Connected firms while nothing happens\n");
    println!(
        "| Firms | Rounds per hour: Concierge | Postgres | Transactions | A look: Concierge | Postgres | Transactions | Calls | Firm and hour in all |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
    let (mut connected, mut all) = (0, HashMap::new());
    for firms in FIRMS {
        connect(&mut db, &sandbox, connected + 1, firms).await?;
        connected = firms;
        db.execute("vacuum analyze").await?;
        let server = serve(place, keys, &database, &sandbox).await?;
        until_nothing_is_due(&mut db).await?;
        let rounds = rounds(place, &server, &mut db, &sandbox, seconds).await?;
        let looks = looks(place, &server, &mut db, &sandbox).await?;
        server.stop().await?;
        all.insert(firms, report(firms, rounds, looks, seconds));
    }
    let flat = all[&FIRMS[3]] / all[&FIRMS[1]];
    println!(
        "\nA look costs with {} firms {flat:.2} of what it costs with {}, target ≤ {FLAT}: {}.\n",
        FIRMS[3],
        FIRMS[1],
        crate::report::reached(flat <= FLAT)
    );
    sandbox.stop().await?;
    db.close().await?;
    place.drop("bench_idle").await
}

/// Prints what a number of firms costs; returns the CPU of a look in milliseconds.
fn report(firms: usize, rounds: Cost, looks: Cost, seconds: usize) -> f64 {
    let hourly = 3600.0 / seconds as f64;
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    let each = 1.0 / LOOKS as f64;
    let look = millis(looks.own + looks.postgres) * each;
    let in_all = look + millis(rounds.own + rounds.postgres) * hourly / firms as f64;
    println!(
        "| {firms} | {:.0} ms | {:.0} ms | {:.0} | {:.2} ms | {:.2} ms | {:.1} | {:.2} | {in_all:.1} ms |",
        millis(rounds.own) * hourly,
        millis(rounds.postgres) * hourly,
        rounds.transactions as f64 * hourly,
        millis(looks.own) * each,
        millis(looks.postgres) * each,
        looks.transactions as f64 * each,
        looks.calls as f64 * each,
    );
    look
}

async fn serve(place: &Place, keys: &str, database: &str, sandbox: &Server) -> Result<Server> {
    let procore = sandbox.url();
    let address = free_address()?;
    Server::with_vendor_app(place, "idle", database, keys, &procore, address, &CLIENT).await
}

/// The statements that connect firms.
pub fn connected(from: usize, to: usize) -> String {
    let sql = include_str!("connected.sql");
    let sql = sql.replace("$FROM", &from.to_string());
    let sql = sql.replace("$TO", &to.to_string());
    sql.replace("$CLIENT", CLIENT.client_id)
}

/// Connects firms by SQL, and makes their companies in Procore.
async fn connect(db: &mut PgConnection, sandbox: &Server, from: usize, to: usize) -> Result<()> {
    db.execute(sqlx::raw_sql(AssertSqlSafe(connected(from, to))))
        .await?;
    let mut conn = Connection::open(sandbox.address).await?;
    let mut control = async |command: &str, fields: serde_json::Value| -> Result<()> {
        let path = format!("/__control/{command}");
        let answer = conn.post_json(&path, &fields.to_string()).await?;
        let said = String::from_utf8_lossy(&answer.body);
        ensure!(answer.status == 200, "{path}: {said}");
        Ok(())
    };
    let vendor = json!({
        "client_id": CLIENT.client_id, "client_secret": CLIENT.client_secret, "companies": [],
    });
    if from == 1 {
        control("client", vendor).await?;
    }
    let sizes = json!({
        "projects": 1, "inactive_projects": 0, "users": 1, "inactive_users": 0,
        "vendors": 1, "inactive_vendors": 0,
    });
    for n in from..=to {
        let company = json!({
            "id": 8_000_000 + n, "name": "Pier & Sons", "clients": [CLIENT.client_id], "sizes": sizes,
        });
        control("company", company).await?;
    }
    Ok(())
}

/// What the process does of its own accord while no firm is due.
async fn rounds(
    place: &Place,
    server: &Server,
    db: &mut PgConnection,
    sandbox: &Server,
    seconds: usize,
) -> Result<Cost> {
    let before = now(place, server, db, sandbox).await?;
    tokio::time::sleep(Duration::from_secs(seconds as u64)).await;
    Ok(since(now(place, server, db, sandbox).await?, before))
}

/// Looks at firms until so many looks were made, each firm once before the next round of all.
async fn looks(
    place: &Place,
    server: &Server,
    db: &mut PgConnection,
    sandbox: &Server,
) -> Result<Cost> {
    let before = now(place, server, db, sandbox).await?;
    let mut made = 0;
    while made < LOOKS {
        let due = sqlx::query(
            "update work set due_at = now()
             where (kind, key) in (select kind, key from work where kind = 'watch_connection'
                                   order by due_at limit $1)",
        );
        let due = due.bind((LOOKS - made) as i64).execute(&mut *db).await?;
        made += due.rows_affected() as usize;
        let until = Instant::now() + PATIENCE;
        let any = "select exists (select from work
                   where kind = 'watch_connection' and (lease_until is not null or due_at <= now()))";
        while sqlx::query_scalar(any).fetch_one(&mut *db).await? {
            ensure!(Instant::now() < until, "looks are still due");
            tokio::time::sleep(GLANCE).await;
        }
    }
    let wrong: Vec<String> = sqlx::query_scalar("select distinct code from incident")
        .fetch_all(&mut *db)
        .await?;
    ensure!(wrong.is_empty(), "incidents were found: {wrong:?}");
    Ok(since(now(place, server, db, sandbox).await?, before))
}

async fn now(
    place: &Place,
    server: &Server,
    db: &mut PgConnection,
    sandbox: &Server,
) -> Result<Cost> {
    Ok(Cost {
        own: server.cpu()?.time(),
        postgres: place.postgres_cpu()?.time(),
        transactions: transactions(db).await?,
        calls: calls_of(sandbox).await?,
    })
}

fn since(now: Cost, before: Cost) -> Cost {
    Cost {
        own: now.own.saturating_sub(before.own),
        postgres: now.postgres.saturating_sub(before.postgres),
        transactions: now.transactions - before.transactions,
        calls: now.calls.saturating_sub(before.calls),
    }
}
