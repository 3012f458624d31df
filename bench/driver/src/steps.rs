//! Showing a step and saving one, the product and the floor in turns.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::Result;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinSet;

use crate::admin::{Admin, Seen, at_review, at_settings, step};
use crate::place::Place;
use crate::proc::Cpu;
use crate::server::Server;

/// People who ask at the same time, each as soon as they have an answer.
pub const AT_ONCE: usize = 8;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    ShowReview,
    ShowSettings,
    /// The same page of firms that have chosen before.
    ShowSettingsAgain,
    SaveSettings,
}

impl Ask {
    pub const ALL: [Self; 4] = [
        Self::ShowReview,
        Self::ShowSettings,
        Self::SaveSettings,
        Self::ShowSettingsAgain,
    ];

    pub fn label(self) -> &'static str {
        match self {
            Self::ShowReview => "Show review",
            Self::ShowSettings => "Show settings",
            Self::ShowSettingsAgain => "Show settings, chosen before",
            Self::SaveSettings => "Save settings",
        }
    }

    /// The most that the product may need of the floor's CPU.
    pub fn target(self) -> f64 {
        match self {
            Self::ShowReview | Self::ShowSettings | Self::ShowSettingsAgain => 1.0,
            Self::SaveSettings => 0.9,
        }
    }

    /// The firm that the n-th request is about.
    fn firm(self, worker: usize, n: usize) -> usize {
        let different = worker + n * AT_ONCE;
        match self {
            Self::ShowReview => at_review(different),
            Self::ShowSettings => at_settings(different),
            // One firm each: their versions count up, and these have saved.
            Self::ShowSettingsAgain | Self::SaveSettings => at_settings(worker),
        }
    }
}

/// One of the two that are compared, with everything that was measured of it.
pub struct Side<'a> {
    pub server: &'a Server,
    db: PgConnection,
    pub times: Vec<Duration>,
    pub elapsed: Duration,
    pub cpu: Cpu,
    pub postgres: Cpu,
    /// CPU per request of each round, in microseconds.
    pub rounds: Vec<f64>,
}

impl<'a> Side<'a> {
    pub async fn new(server: &'a Server, database: &str) -> Result<Self> {
        Ok(Self {
            server,
            db: PgConnection::connect(database).await?,
            times: Vec::new(),
            elapsed: Duration::ZERO,
            cpu: Cpu::default(),
            postgres: Cpu::default(),
            rounds: Vec::new(),
        })
    }

    fn forget(&mut self) {
        self.times.clear();
        self.rounds.clear();
        self.elapsed = Duration::ZERO;
        (self.cpu, self.postgres) = (Cpu::default(), Cpu::default());
    }

    pub fn per_second(&self) -> f64 {
        self.times.len() as f64 / self.elapsed.as_secs_f64()
    }

    pub fn server_micros(&self) -> f64 {
        micros(self.cpu, self.times.len())
    }

    pub fn postgres_micros(&self) -> f64 {
        micros(self.postgres, self.times.len())
    }

    /// CPU per request of the server and Postgres.
    pub fn micros(&self) -> f64 {
        self.server_micros() + self.postgres_micros()
    }

    /// The time within which this part of the requests was answered.
    pub fn within(&self, part: f64) -> Duration {
        let mut times = self.times.clone();
        times.sort_unstable();
        let place = (part * times.len() as f64) as usize;
        times
            .get(place.min(times.len().saturating_sub(1)))
            .copied()
            .unwrap_or_default()
    }

    async fn round(&mut self, place: &Place, ask: Ask, requests: usize) -> Result<()> {
        let mut seen = Vec::new();
        for worker in 0..AT_ONCE {
            seen.push(Seen::read(&mut self.db, ask.firm(worker, 0)).await?);
        }
        let (cpu, postgres) = (self.server.cpu()?, place.postgres_cpu()?);
        let began = Instant::now();
        let mut workers = JoinSet::new();
        for (worker, seen) in seen.into_iter().enumerate() {
            let address = self.server.address;
            workers.spawn(work(ask, address, worker, seen, requests / AT_ONCE));
        }
        let mut answered = 0;
        while let Some(done) = workers.join_next().await {
            let times = done??;
            answered += times.len();
            self.times.extend(times);
        }
        self.elapsed += began.elapsed();
        let (cpu, postgres) = (self.server.cpu()? - cpu, place.postgres_cpu()? - postgres);
        self.cpu += cpu;
        self.postgres += postgres;
        self.rounds
            .push(micros(cpu, answered) + micros(postgres, answered));
        Ok(())
    }
}

fn micros(cpu: Cpu, requests: usize) -> f64 {
    cpu.time().as_secs_f64() * 1e6 / requests.max(1) as f64
}

/// Alternates between both, so that other load on the machine affects both alike.
pub async fn compare(
    place: &Place,
    ask: Ask,
    rounds: usize,
    requests: usize,
    sides: &mut [Side<'_>; 2],
) -> Result<()> {
    for side in sides.iter_mut() {
        // Connections, prepared statements and plans come once, not with each request.
        side.round(place, ask, requests / 2).await?;
        side.forget();
    }
    for round in 0..rounds {
        for turn in 0..2 {
            sides[(round + turn) % 2]
                .round(place, ask, requests)
                .await?;
        }
    }
    Ok(())
}

async fn work(
    ask: Ask,
    address: SocketAddr,
    worker: usize,
    mut seen: Seen,
    requests: usize,
) -> Result<Vec<Duration>> {
    let mut admin = Admin::open(address).await?;
    let mut times = Vec::with_capacity(requests);
    for n in 0..requests {
        let firm = ask.firm(worker, n);
        let page = match ask {
            Ask::ShowReview => "review",
            Ask::ShowSettings | Ask::ShowSettingsAgain | Ask::SaveSettings => "settings",
        };
        let path = step(firm, page);
        let began = Instant::now();
        match ask {
            Ask::ShowReview | Ask::ShowSettings | Ask::ShowSettingsAgain => {
                admin.look(firm, &path).await?;
            }
            Ask::SaveSettings => {
                let form = seen
                    .form()
                    .append_pair("data", "projects")
                    .append_pair("data", "vendors")
                    .finish();
                admin.send(firm, &path, &form, "/setup/permissions").await?;
                seen.version += 1;
            }
        }
        times.push(began.elapsed());
    }
    Ok(times)
}
