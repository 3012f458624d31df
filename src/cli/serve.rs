//! `concierge serve`: the web server and the background worker.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, anyhow};
use axum::Router;
use futures_util::future::join;
use rustix::process::{Resource, getrlimit};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Failure, connect};
use crate::app::App;
use crate::config::Config;
use crate::telemetry::metrics;
use crate::web::server::{self, Answers, ConnectionLimits};
use crate::{web, worker};

/// Grace period for running requests and jobs at shutdown. Less than the 30 seconds that container
/// platforms give.
const GRACE: Duration = Duration::from_secs(25);
/// And then for what is written after the last answers.
const LATE_WRITES: Duration = Duration::from_secs(2);
/// Descriptors for everything but clients: database, Procore, mail, files, the runtime.
const OWN_DESCRIPTORS: u64 = 128;
/// More connections than one process can serve well; each may hold some memory.
const MOST_CONNECTIONS: u64 = 1_024;
/// Connections for metrics and health on their own address.
const METRICS_CONNECTIONS: usize = 16;

/// Run the web server, the background worker, or both
///
/// Start as many of each as needed: they share nothing but the database. On SIGTERM or SIGINT the
/// process takes no new work and finishes what is in hand, within 25 seconds; a second signal
/// ends it at once. Jobs that were cut short are taken up again by another process.
#[derive(Debug, clap::Args)]
#[command(after_long_help = super::settings_help())]
pub struct Args {
    /// What this process does
    #[arg(long, value_enum, default_value_t = Role::All)]
    role: Role,
}

/// What a process does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Role {
    /// Answers requests
    Web,
    /// Handles jobs in the background
    Worker,
    /// Both
    All,
}

impl Role {
    fn answers_requests(self) -> bool {
        match self {
            Self::Web | Self::All => true,
            Self::Worker => false,
        }
    }

    fn handles_jobs(self) -> bool {
        match self {
            Self::Worker | Self::All => true,
            Self::Web => false,
        }
    }
}

pub async fn main(args: Args) -> Result<(), Failure> {
    let config = connect::configure()?;
    let stop = CancellationToken::new();
    stop_on_signal(stop.clone()).context("Signals cannot be received")?;
    run(config, args.role, None, Router::new(), stop, |_| ()).await
}

/// Serves until `stop` is cancelled, then finishes what is running. `ready` is told the web
/// address once connections are accepted there (with the real port, where 0 was configured).
/// `held` is listened at instead of the configured address, and `pages` are served beside the
/// product's own.
pub async fn run(
    config: Config,
    role: Role,
    held: Option<TcpListener>,
    pages: Router<App>,
    stop: CancellationToken,
    ready: impl FnOnce(SocketAddr),
) -> Result<(), Failure> {
    let app = connect::connect(config).await?;
    if app.db.is_pooled() {
        tracing::info!("There is a pooler before the database, which keeps no sessions for us");
    }
    let mut parts: JoinSet<Result<(), Failure>> = JoinSet::new();

    if let Some(address) = app.config.metrics_listen {
        let recorder = metrics::start().context("Metrics could not be set up")?;
        let listener = listen(address, "CONCIERGE_METRICS_LISTEN").await?;
        let address = listener
            .local_addr()
            .context("The listener has no address")?;
        tracing::info!("Metrics on http://{address}/metrics");
        let router = web::metrics::router(app.clone(), recorder);
        parts.spawn(answer(listener, router, METRICS_CONNECTIONS, stop.clone()));
    }
    if role.answers_requests() {
        let listener = match held {
            Some(listener) => listener,
            None => listen(app.config.listen, "CONCIERGE_LISTEN").await?,
        };
        let address = listener
            .local_addr()
            .context("The listener has no address")?;
        let front = web::front_with(app.clone(), pages);
        let most = connections();
        parts.spawn(answer(listener, front, most, stop.clone()));
        tracing::info!(
            "Listening on http://{address} for {}, to {most} connections at once",
            app.config.public_url
        );
        ready(address);
    }
    if role.handles_jobs() {
        let prepared = app.procore.prepare().await;
        prepared.context("The client for Procore could not be set up")?;
        if app.listen_url().is_none() {
            tracing::warn!(
                "No work is announced through a pooler, so it is looked for every second; \
                 DATABASE_LISTEN_URL may lead to the database itself"
            );
        }
        parts.spawn(work(app.clone(), stop.clone()));
        tracing::info!("Handling jobs");
    }

    let served = finish(&mut parts, &stop).await;
    parts.shutdown().await;
    let late_writes = join(app.late_writes.finished(), app.deliveries.finish());
    if timeout(LATE_WRITES, late_writes).await.is_err() {
        tracing::warn!("Stopped before everything was recorded");
    }
    app.db.close().await;
    tracing::info!("Stopped");
    served
}

/// Waits until every part has ended. A failing part stops the others.
async fn finish(
    parts: &mut JoinSet<Result<(), Failure>>,
    stop: &CancellationToken,
) -> Result<(), Failure> {
    let grace = async {
        stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::pin!(grace);
    let mut outcome = Ok(());
    loop {
        let ended = tokio::select! {
            ended = parts.join_next() => ended,
            () = &mut grace => {
                tracing::warn!("Stopped with work in hand after {} seconds", GRACE.as_secs());
                return outcome;
            }
        };
        let failure = match ended {
            None => return outcome,
            Some(Ok(Ok(()))) if stop.is_cancelled() => continue,
            Some(Ok(Ok(()))) => Failure::Other(anyhow!("A part of the program ended by itself")),
            Some(Ok(Err(failure))) => failure,
            Some(Err(error)) => Failure::Other(anyhow!(error).context("A part broke off")),
        };
        if outcome.is_ok() {
            outcome = Err(failure);
        }
        stop.cancel();
    }
}

async fn listen(address: SocketAddr, setting: &str) -> Result<TcpListener, Failure> {
    let listener = TcpListener::bind(address).await;
    let listener = listener.with_context(|| format!("{setting}: cannot listen on {address}"))?;
    Ok(listener)
}

async fn answer(
    listener: TcpListener,
    service: impl Answers,
    connections: usize,
    stop: CancellationToken,
) -> Result<(), Failure> {
    server::serve(listener, service, ConnectionLimits::new(connections), stop).await;
    Ok(())
}

/// How many clients may be connected, so that descriptors are left for everything else.
fn connections() -> usize {
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let spare = descriptors.saturating_sub(OWN_DESCRIPTORS);
    spare.max(descriptors / 2).min(MOST_CONNECTIONS) as usize
}

async fn work(app: App, stop: CancellationToken) -> Result<(), Failure> {
    worker::run(app, stop).await;
    Ok(())
}

/// Cancels `stop` at the first SIGTERM or SIGINT, and ends the process at the second.
pub fn stop_on_signal(stop: CancellationToken) -> std::io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if stop.is_cancelled() {
                std::process::exit(130);
            }
            tracing::info!("Asked to stop: finishing what is in hand");
            stop.cancel();
        }
    });
    Ok(())
}
