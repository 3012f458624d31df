//! Events: what receiving one costs beside the floor, how long it takes to the record, how fast
//! what waits is drained; and what connected firms cost while nothing happens.

mod delivery;
pub mod idle;
mod site;

use std::collections::HashMap;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};
use sqlx::{Connection as _, Executor, PgConnection};
use tokio::task::JoinSet;

use crate::http::Connection;
use crate::place::Place;
use crate::report::{Extent, mib, millis, reached};
use crate::server::Server;
use crate::steps::AT_ONCE;
use delivery::{Event, Numbers};
use site::Site;

/// Deliveries at once where they arrive together.
const TOGETHER: usize = 32;
/// Events of a statement that inserts what arrived together, about as many as with 32 deliveries at once.
const IN_A_STATEMENT: usize = 16;
/// Events a second on the way to their records.
const PER_SECOND: usize = 50;
/// Events of one delivery that fills the queue.
const PER_LIST: usize = 500;
const PATIENCE: Duration = Duration::from_secs(1200);
const GLANCE: Duration = Duration::from_millis(50);

/// The most that an event may cost of a plain insert per request.
const MOST_NEW: f64 = 1.0;
const MOST_TOGETHER: f64 = 0.5;
const MOST_KNOWN: f64 = 1.2;
/// The longest way from event to record, for 99 of 100.
const LONGEST: Duration = Duration::from_secs(2);
/// The least that draining may use of one core: what waits for something else is not drained.
const LEAST_OF_CORE: f64 = 0.5;
/// How far apart the memory of a small and a large backlog may be, in MiB, as with readings.
const MOST_APART: f64 = 16.0;

pub async fn measure(place: &Place, keys: &str, extent: &Extent) -> Result<()> {
    let vendors = extent.waiting.div_ceil(extent.firms);
    let mut site = Site::open(place, keys, vendors).await?;
    let mut numbers = Numbers::default();

    println!("## Events\n");
    site.connect_up_to(extent.firms).await?;
    cost(&site, &mut numbers, extent).await?;
    latency(&site, &mut numbers, extent.seconds).await?;
    println!("### Draining what waits\n");
    println!(
        "| Events | Time | Events/s | CPU: Concierge | Postgres | Calls | of one core | Peak memory |"
    );
    println!("| ---: | ---: | ---: | ---: | ---: | ---: | --- | ---: |");
    let mut peaks = Vec::new();
    for waiting in [extent.waiting / 10, extent.waiting] {
        peaks.push(drain(&site, &mut numbers, waiting).await?);
    }
    let apart = match peaks.as_slice() {
        [few, many] => mib(many.saturating_sub(*few)),
        _ => 0.0,
    };
    println!(
        "\nPeak memory is {apart:.1} MiB apart, target ≤ {MOST_APART} MiB: {}.\n",
        reached(apart <= MOST_APART)
    );
    site.close().await
}

/// Receives new events and known ones, one at a time and many at once, beside the floor.
async fn cost(site: &Site<'_>, numbers: &mut Numbers, extent: &Extent) -> Result<()> {
    let server = site.serve("events", "web").await?;
    let floor = Server::floor(site.place, "events-floor", &site.database, 0, 0).await?;
    println!("\n### Receiving an event\n");
    println!(
        "| | Concierge: server | Postgres | Plain insert: server | Postgres | to the plain insert |"
    );
    println!("| --- | ---: | ---: | ---: | ---: | --- |");
    let (mut least_together, mut of_plain) = ([0.0; 2], 0.0);
    for (label, at_once, most) in [
        ("New, one at a time", 1, MOST_NEW),
        ("New, 32 at once", TOGETHER, MOST_TOGETHER),
    ] {
        let (mut own, mut plain, mut known) = ([0.0; 2], [0.0; 2], [0.0; 2]);
        let mut least = [0.0; 2];
        for round in 0..=extent.rounds {
            let events = site.events(numbers, extent.requests);
            let new = site.deliver(&server, &events, at_once).await?;
            let again = site.deliver(&server, &events, at_once).await?;
            let events = site.events(numbers, extent.requests);
            let inserted = site.insert_plainly(&floor, &events, at_once).await?;
            let events = site.events(numbers, extent.requests);
            let [read, _] = site.read_only(&floor, &events, at_once).await?;
            let row = site.insert_together(&events, IN_A_STATEMENT).await?;
            if round > 0 {
                // Connections, prepared statements and plans come once, in the first round.
                add(&mut own, new);
                add(&mut known, again);
                add(&mut plain, inserted);
                add(&mut least, [read, row]);
            }
        }
        let rounds = extent.rounds as f64;
        if at_once == TOGETHER {
            least_together = least.map(|sum| sum / rounds);
            of_plain = (least[0] + least[1]) / (plain[0] + plain[1]);
        }
        for (label, side, most) in [
            (label.to_owned(), own, most),
            (label.replace("New", "Known"), known, MOST_KNOWN),
        ] {
            let ratio = (side[0] + side[1]) / (plain[0] + plain[1]);
            println!(
                "| {label} | {:.0} µs | {:.0} µs | {:.0} µs | {:.0} µs | {ratio:.2}, target ≤ {most}: {} |",
                side[0] / rounds,
                side[1] / rounds,
                plain[0] / rounds,
                plain[1] / rounds,
                reached(ratio <= most),
            );
        }
    }
    println!(
        "\nThe least for 32 at once: reading a request and keeping nothing takes {:.0} µs of the floor, a row among \
         {IN_A_STATEMENT} of a statement that asks nothing {:.0} µs of Postgres: {of_plain:.2} of a plain insert.\n",
        least_together[0], least_together[1],
    );
    floor.stop().await?;
    server.stop().await?;
    let mut db = PgConnection::connect(&site.database).await?;
    db.execute("truncate event").await?;
    Ok(())
}

fn add(sum: &mut [f64; 2], more: [f64; 2]) {
    sum.iter_mut()
        .zip(more)
        .for_each(|(sum, more)| *sum += more);
}

/// Delivers events at a steady pace, and has the database note when each one's record is written.
async fn latency(site: &Site<'_>, numbers: &mut Numbers, seconds: usize) -> Result<()> {
    let mut db = PgConnection::connect(&site.database).await?;
    db.execute(sqlx::raw_sql(
        "create table bench_applied (event_id text primary key, at timestamptz not null);
         create function bench_applied() returns trigger language plpgsql as $$
         begin
             insert into bench_applied values (new.event_id, clock_timestamp());
             return null;
         end $$;
         create trigger bench_applied after update on event for each row
         when (old.handled_at is null and new.handled_at is not null)
         execute function bench_applied();",
    ))
    .await?;
    let server = site.serve("latency", "all").await?;
    until_nothing_is_due(&mut db).await?;
    let events = site.events(numbers, PER_SECOND * seconds);
    let (began, began_at) = (tokio::time::Instant::now(), SystemTime::now());
    let when = |place: usize| Duration::from_secs_f64(place as f64 / PER_SECOND as f64);
    let mut workers = JoinSet::new();
    for worker in 0..AT_ONCE {
        let mine: Vec<(usize, Event)> = events
            .iter()
            .cloned()
            .enumerate()
            .skip(worker)
            .step_by(AT_ONCE)
            .collect();
        let mut conn = Connection::open(server.address).await?;
        workers.spawn(async move {
            for (place, event) in mine {
                tokio::time::sleep_until(began + when(place)).await;
                event.deliver(&mut conn).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = workers.join_next().await {
        done??;
    }
    until_all_is_handled(&mut db).await?;
    let applied: HashMap<String, f64> = sqlx::query_as::<_, (String, f64)>(
        "select event_id, extract(epoch from at)::float8 from bench_applied join event using (event_id)
         where outcome = 'applied'",
    )
    .fetch_all(&mut db)
    .await?
    .into_iter()
    .collect();
    let began = began_at.duration_since(UNIX_EPOCH)?.as_secs_f64();
    let mut times: Vec<Duration> = events
        .iter()
        .enumerate()
        .filter_map(|(place, event)| {
            let at = applied.get(&event.id)?;
            let took = at - began - when(place).as_secs_f64();
            Some(Duration::from_secs_f64(took.max(0.0)))
        })
        .collect();
    ensure!(
        times.len() == events.len(),
        "{} of {} events were applied",
        times.len(),
        events.len()
    );
    times.sort_unstable();
    let at = |part: f64| times[((part * times.len() as f64) as usize).min(times.len() - 1)];
    println!("### From an event to its record\n");
    println!(
        "{} events over {} firms, {PER_SECOND} a second: p50 {}, p99 {}, target < {}: {}.\n",
        times.len(),
        site.targets.len(),
        millis(at(0.5)),
        millis(at(0.99)),
        millis(LONGEST),
        reached(at(0.99) < LONGEST),
    );
    db.execute(sqlx::raw_sql(
        "drop trigger bench_applied on event; truncate event",
    ))
    .await?;
    server.stop().await
}

/// Lets events wait and starts a process that applies them; returns its peak memory in KiB.
async fn drain(site: &Site<'_>, numbers: &mut Numbers, waiting: usize) -> Result<u64> {
    let mut db = PgConnection::connect(&site.database).await?;
    let web = site.serve("filling", "web").await?;
    site.fill(&web, &site.events(numbers, waiting), PER_LIST)
        .await?;
    // The work is put a moment after the last commit.
    until_none(
        &mut db,
        "select exists (select from event where handled_at is null and not exists \
         (select from work where kind = 'events' and key = event.connection_id))",
    )
    .await?;
    web.stop().await?;
    let calls = site.calls().await?;
    let postgres = site.place.postgres_cpu()?;
    let server = site.serve("draining", "all").await?;
    let began = Instant::now();
    until_all_is_handled(&mut db).await?;
    let took = began.elapsed();
    let own = server.cpu()?.time();
    let postgres = (site.place.postgres_cpu()? - postgres).time();
    let applied: i64 = sqlx::query_scalar("select count(*) from event where outcome = 'applied'")
        .fetch_one(&mut db)
        .await?;
    ensure!(
        applied == waiting as i64,
        "{applied} of {waiting} events were applied"
    );
    let part = (own + postgres).as_secs_f64() / took.as_secs_f64();
    println!(
        "| {waiting} | {:.1} s | {:.0} | {} | {} | {} | {part:.2}, target ≥ {LEAST_OF_CORE}: {} | {:.1} MiB |",
        took.as_secs_f64(),
        waiting as f64 / took.as_secs_f64(),
        millis(own),
        millis(postgres),
        site.calls().await? - calls,
        reached(part >= LEAST_OF_CORE),
        mib(server.most_memory()),
    );
    let peak = server.most_memory();
    server.stop().await?;
    db.execute("truncate event").await?;
    Ok(peak)
}

async fn until_all_is_handled(db: &mut PgConnection) -> Result<()> {
    until_none(
        db,
        "select exists (select from event where handled_at is null)",
    )
    .await
}

async fn until_nothing_is_due(db: &mut PgConnection) -> Result<()> {
    let due = "select exists (select from work where lease_until is not null or due_at <= now())";
    until_none(db, due).await
}

async fn until_none(db: &mut PgConnection, any: &'static str) -> Result<()> {
    let until = Instant::now() + PATIENCE;
    while sqlx::query_scalar(any).fetch_one(&mut *db).await? {
        ensure!(Instant::now() < until, "still so: {any}");
        tokio::time::sleep(GLANCE).await;
    }
    Ok(())
}

async fn transactions(db: &mut PgConnection) -> Result<i64> {
    let count = "select xact_commit from pg_stat_database where datname = current_database()";
    Ok(sqlx::query_scalar(count).fetch_one(db).await?)
}

/// Calls that a simulated Procore was asked so far.
pub(crate) async fn calls_of(sandbox: &Server) -> Result<u64> {
    let mut conn = Connection::open(sandbox.address).await?;
    let answer = conn.get("/__control/state", "").await?;
    let state: serde_json::Value = serde_json::from_slice(&answer.body)?;
    let counts = state["requests"].as_array().into_iter().flatten();
    Ok(counts.filter_map(|it| it["count"].as_u64()).sum())
}
