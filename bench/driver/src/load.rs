//! Several sides that are asked for the same page in turns: what each answer takes, and what it costs.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use tokio::task::JoinSet;

use crate::http::Connection;
use crate::place::Place;
use crate::proc::Cpu;
use crate::report::reached;
use crate::server::Server;
use crate::steps::AT_ONCE;

pub struct Side<'a> {
    name: String,
    server: &'a Server,
    path: String,
    cookie: String,
    times: Vec<Duration>,
    server_cpu: Cpu,
    postgres_cpu: Cpu,
}

impl<'a> Side<'a> {
    /// Asks `server` for `path` as the person whom `cookie` tells.
    pub fn new(name: String, server: &'a Server, path: String, cookie: &str) -> Self {
        Self {
            name,
            server,
            path,
            cookie: cookie.to_owned(),
            times: Vec::new(),
            server_cpu: Cpu::default(),
            postgres_cpu: Cpu::default(),
        }
    }

    async fn round(&mut self, place: &Place, requests: usize) -> Result<()> {
        let (server, postgres) = (self.server.cpu()?, place.postgres_cpu()?);
        let mut workers = JoinSet::new();
        for _ in 0..AT_ONCE {
            let (path, cookie) = (self.path.clone(), self.cookie.clone());
            let address = self.server.address;
            workers.spawn(async move {
                let mut conn = Connection::open(address).await?;
                let mut times = Vec::with_capacity(requests / AT_ONCE);
                for _ in 0..requests / AT_ONCE {
                    let began = Instant::now();
                    let answer = conn.get(&path, &cookie).await?;
                    times.push(began.elapsed());
                    ensure!(answer.status == 200, "{path} answered {}", answer.status);
                }
                anyhow::Ok(times)
            });
        }
        while let Some(done) = workers.join_next().await {
            self.times.extend(done??);
        }
        self.server_cpu += self.server.cpu()? - server;
        self.postgres_cpu += place.postgres_cpu()? - postgres;
        Ok(())
    }

    fn forget(&mut self) {
        self.times.clear();
        (self.server_cpu, self.postgres_cpu) = (Cpu::default(), Cpu::default());
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

/// That the side at `own` costs at most `most` of what the side at `other` costs, which is called `name`.
pub struct Target {
    pub own: usize,
    pub other: usize,
    pub name: &'static str,
    pub most: f64,
}

/// Prints the head of the table that [`compare`] adds lines to.
pub fn print_head() {
    println!("| Page | | p50 | p99 | CPU per request | of it server | Postgres | |");
    println!("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |");
}

/// Asks all sides in turns, and prints what came of it.
pub async fn compare(
    place: &Place,
    label: &str,
    mut sides: Vec<Side<'_>>,
    targets: &[Target],
    (rounds, requests): (usize, usize),
) -> Result<()> {
    for side in &mut sides {
        // Connections, prepared statements and plans come once, not with each request.
        side.round(place, requests / 2).await?;
        side.forget();
    }
    for round in 0..rounds {
        for turn in 0..sides.len() {
            let next = (round + turn) % sides.len();
            sides[next].round(place, requests).await?;
        }
    }
    for (n, side) in sides.iter().enumerate() {
        let verdicts = targets.iter().filter(|it| it.own == n);
        let verdicts = verdicts.filter_map(|it| {
            let ratio = side.cost() / sides.get(it.other)?.cost();
            let reached = reached(ratio <= it.most);
            Some(format!(
                "{ratio:.2} of {}, target ≤ {}: {reached}",
                it.name, it.most
            ))
        });
        println!(
            "| {label} | {} | {:.1} ms | {:.1} ms | {:.0} µs | {:.0} µs | {:.0} µs | {} |",
            side.name,
            side.within(0.5),
            side.within(0.99),
            side.cost(),
            side.micros(side.server_cpu),
            side.micros(side.postgres_cpu),
            verdicts.collect::<Vec<_>>().join(" "),
        );
    }
    Ok(())
}
