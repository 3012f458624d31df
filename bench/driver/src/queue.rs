//! The queue of support: with ten thousand onboardings, with a million, and beside a floor that asks
//! the million the same.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use sqlx::{AssertSqlSafe, Connection as _, Executor};
use tokio::task::JoinSet;

use crate::http::Connection;
use crate::place::Place;
use crate::proc::Cpu;
use crate::server::Server;
use crate::steps::AT_ONCE;

const FEW: usize = 10_000;
const MANY: usize = 1_000_000;
const COOKIE: &str = "concierge-session=bench-session-support";
/// The most that the page may cost with many of what it costs with few, and of the floor's.
const MOST_OF_FEW: f64 = 1.1;
const MOST_OF_FLOOR: f64 = 1.3;

/// Pages that are asked for; the floor knows the first one alone.
const PAGES: [(&str, &str); 6] = [
    ("All open", "/support"),
    ("Stalled", "/support?view=stalled"),
    ("Completed this week", "/support?view=completed"),
    ("By firm", "/support?sort=firm"),
    ("One reason", "/support?reason=no_projects"),
    ("A search", "/support?q=4242"),
];

struct Side<'a> {
    name: &'static str,
    server: &'a Server,
    times: Vec<Duration>,
    server_cpu: Cpu,
    postgres_cpu: Cpu,
}

impl<'a> Side<'a> {
    fn new(name: &'static str, server: &'a Server) -> Self {
        Self {
            name,
            server,
            times: Vec::new(),
            server_cpu: Cpu::default(),
            postgres_cpu: Cpu::default(),
        }
    }

    fn forget(&mut self) {
        *self = Self::new(self.name, self.server);
    }

    async fn round(&mut self, place: &Place, path: &'static str, requests: usize) -> Result<()> {
        let (server, postgres) = (self.server.cpu()?, place.postgres_cpu()?);
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE {
            workers.spawn(work(self.server.address, path, requests / AT_ONCE));
        }
        while let Some(done) = workers.join_next().await {
            self.times.extend(done??);
        }
        self.server_cpu += self.server.cpu()? - server;
        self.postgres_cpu += place.postgres_cpu()? - postgres;
        Ok(())
    }

    fn micros(&self, cpu: Cpu) -> f64 {
        cpu.time().as_secs_f64() * 1e6 / self.times.len().max(1) as f64
    }

    /// CPU per request of the server and Postgres.
    fn cost(&self) -> f64 {
        self.micros(self.server_cpu) + self.micros(self.postgres_cpu)
    }

    fn within(&self, part: f64) -> f64 {
        let mut times = self.times.clone();
        times.sort_unstable();
        let place = (part * times.len() as f64) as usize;
        let time = times.get(place.min(times.len().saturating_sub(1)));
        time.copied().unwrap_or_default().as_secs_f64() * 1e3
    }
}

async fn work(address: SocketAddr, path: &str, requests: usize) -> Result<Vec<Duration>> {
    let mut conn = Connection::open(address).await?;
    let mut times = Vec::with_capacity(requests);
    for _ in 0..requests {
        let began = Instant::now();
        let answer = conn.get(path, COOKIE).await?;
        times.push(began.elapsed());
        ensure!(answer.status == 200, "{path} answered {}", answer.status);
    }
    Ok(times)
}

/// Asks all three in turns, and prints what came of it.
pub async fn compare(place: &Place, keys: &str, rounds: usize, requests: usize) -> Result<()> {
    let few = filled(place, "bench_queue_few", FEW).await?;
    let many = filled(place, "bench_queue_many", MANY).await?;
    let with_few = Server::concierge(place, "queue-few", &few, keys, None).await?;
    let with_many = Server::concierge(place, "queue-many", &many, keys, None).await?;
    let mut conn = Connection::open(with_many.address).await?;
    let bytes = conn.get("/support", COOKIE).await?.body.len();
    let floor = Server::floor_of_queue(place, "queue-floor", &many, bytes).await?;

    println!("## The queue of support\n");
    println!(
        "{AT_ONCE} people at once; the page has {bytes} bytes of HTML, the floor's the same.\n"
    );
    println!("| Page | | p50 | p99 | CPU per request | of it server | Postgres | |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |");
    for (label, path) in PAGES {
        let mut sides = vec![
            Side::new("10,000", &with_few),
            Side::new("1,000,000", &with_many),
        ];
        if path == "/support" {
            sides.push(Side::new("Floor, 1,000,000", &floor));
        }
        for side in &mut sides {
            // Connections, prepared statements and plans come once, not with each request.
            side.round(place, path, requests / 2).await?;
            side.forget();
        }
        for round in 0..rounds {
            for turn in 0..sides.len() {
                let next = (round + turn) % sides.len();
                sides[next].round(place, path, requests).await?;
            }
        }
        report(label, &sides);
    }
    println!();
    for server in [with_few, with_many, floor] {
        server.stop().await?;
    }
    place.drop("bench_queue_few").await?;
    place.drop("bench_queue_many").await
}

fn report(label: &str, sides: &[Side<'_>]) {
    let cost = |place: usize| sides.get(place).map(Side::cost);
    let verdict = |name: &str, other: Option<f64>, most: f64| {
        let ratio = cost(1).zip(other).map(|(own, other)| own / other);
        ratio.map_or(String::new(), |ratio| {
            let reached = if ratio <= most {
                "reached"
            } else {
                "**missed**"
            };
            format!("{ratio:.2} of {name}, target ≤ {most}: {reached}")
        })
    };
    for (place, side) in sides.iter().enumerate() {
        let verdict = match place {
            1 => [
                verdict("10,000", cost(0), MOST_OF_FEW),
                verdict("the floor", cost(2), MOST_OF_FLOOR),
            ]
            .join(" "),
            _ => String::new(),
        };
        println!(
            "| {label} | {} | {:.1} ms | {:.1} ms | {:.0} µs | {:.0} µs | {:.0} µs | {verdict} |",
            side.name,
            side.within(0.5),
            side.within(0.99),
            side.cost(),
            side.micros(side.server_cpu),
            side.micros(side.postgres_cpu),
        );
    }
}

/// A copy of the template with so many onboardings more.
async fn filled(place: &Place, name: &str, count: usize) -> Result<String> {
    let url = place.copy(name).await?;
    let mut conn = place.connect(name).await?;
    let sql = include_str!("queue.sql").replace("{n}", &count.to_string());
    conn.execute(sqlx::raw_sql(AssertSqlSafe(sql))).await?;
    conn.execute("vacuum analyze").await?;
    conn.close().await?;
    Ok(url)
}
