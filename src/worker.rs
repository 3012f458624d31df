//! The flat list of every job and who handles it.
//!
//! A job only wakes its handler, which looks at the rows for what is due by our clock. The sweep
//! wakes whatever is due and was not woken: after a crash, after a wait, after an outage.

use std::sync::Arc;
use std::time::Duration;

use anyhow::bail;
use async_trait::async_trait;
use sqlx::PgPool;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::flows::{hand_over, request_reset, tend_queue, tidy_up, visit};
use crate::jobs::{Handler, Job, Worker};
use crate::mail;
use crate::store::events;
use crate::telemetry::metrics;
use crate::{checks, completion, stalls};

/// How many jobs a process handles at a time.
const CONCURRENCY: usize = 8;
/// How many of these may be completions, which take as long as Procore does: a mail or a check that
/// somebody waits for never stands behind them all.
const COMPLETIONS: usize = 6;
const SWEEP_EVERY: Duration = Duration::from_secs(2);
const START_AGAIN_AFTER: Duration = Duration::from_secs(2);
const TIDY_EVERY: Duration = Duration::from_secs(60 * 60);

/// Handles every job of the product.
pub struct Jobs {
    app: App,
    /// Long jobs put their work down when this is cancelled; others finish theirs.
    stop: CancellationToken,
    completions: Semaphore,
}

impl Jobs {
    pub fn new(app: App, stop: CancellationToken) -> Self {
        Self {
            app,
            stop,
            completions: Semaphore::new(COMPLETIONS),
        }
    }
}

#[async_trait]
impl Handler for Jobs {
    async fn handle(&self, job: &Job) -> anyhow::Result<()> {
        let handled = self.hand_over(job).await;
        let outcome = if handled.is_ok() { "done" } else { "failed" };
        metrics::job_handled(&job.kind, outcome);
        handled
    }
}

impl Jobs {
    async fn hand_over(&self, job: &Job) -> anyhow::Result<()> {
        match job.kind.as_str() {
            checks::JOB => checks::work(&self.app, &job.payload).await,
            completion::JOB => match self.completions.try_acquire() {
                Ok(_place) => completion::handle(&self.app, job, &self.stop).await,
                Err(_) => Ok(()), // the sweep calls again, and another process may have a place
            },
            mail::JOB => Ok(mail::send_due(&self.app).await?),
            stalls::JOB => stalls::look_at_due(&self.app).await.map(drop),
            request_reset::JOB => Ok(request_reset::send(&self.app, job).await?),
            unknown => bail!("no one handles jobs of kind {unknown:?}"),
        }
    }
}

/// Wakes everything that is due by the clock; says how many calls it made.
///
/// Each part goes on by itself: what one of them cannot read must not stop the others. Fails with
/// the first failure, after all of them had their turn.
pub async fn sweep(app: &App) -> anyhow::Result<usize> {
    let parts = [
        prepare_days(app).await,
        hand_over::expire::run(app)
            .await
            .map(|()| 0)
            .map_err(anyhow::Error::from),
        hand_over::notice::run(app)
            .await
            .map(|()| 0)
            .map_err(anyhow::Error::from),
        tend_queue::run(app)
            .await
            .map(|_| 0)
            .map_err(anyhow::Error::from),
        visit::end_expired(app)
            .await
            .map(|_| 0)
            .map_err(anyhow::Error::from),
        checks::wake_due(app).await,
        completion::wake_due(app).await,
        stalls::wake_due(app).await,
        mail::sweep(app).await.map_err(anyhow::Error::from),
    ];
    parts.into_iter().sum()
}

async fn prepare_days(app: &App) -> anyhow::Result<usize> {
    let mut conn = app.db.acquire().await?;
    events::prepare_days(&mut conn, app.clock.now().date_naive()).await?;
    Ok(0)
}

/// Works until `stop` is cancelled, then finishes the jobs in hand.
///
/// A database that goes away in between ends nothing: the work is taken up when it is back.
pub async fn run(app: App, stop: CancellationToken) -> anyhow::Result<()> {
    let jobs = Arc::new(Jobs::new(app.clone(), stop.clone()));
    let mut worker = Worker::start(&app.db, jobs.clone(), CONCURRENCY).await?;
    let tidying = tokio::spawn(tidy(app.clone()));
    let db = app.db.clone();
    let sweeping = tokio::spawn(async move {
        let mut tick = tokio::time::interval(SWEEP_EVERY);
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tick.tick().await;
            if let Err(error) = sweep(&app).await {
                tracing::error!("The sweep for due work failed: {error:#}");
            }
        }
    });
    let worked = loop {
        let Err(error) = worker.run(stop.cancelled()).await else {
            break Ok(());
        };
        if stop.is_cancelled() {
            break Err(error.into());
        }
        tracing::error!(
            "The worker stopped and starts again: {:#}",
            anyhow::Error::from(error)
        );
        match start_again(&db, &jobs, &stop).await {
            Some(started) => worker = started,
            None => break Ok(()),
        }
    };
    sweeping.abort();
    tidying.abort();
    worked
}

/// Another worker, as soon as the database lets one start; none once `stop` is cancelled.
async fn start_again(db: &PgPool, jobs: &Arc<Jobs>, stop: &CancellationToken) -> Option<Worker> {
    loop {
        tokio::select! {
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(START_AGAIN_AFTER) => {}
        }
        match Worker::start(db, jobs.clone(), CONCURRENCY).await {
            Ok(worker) => return Some(worker),
            Err(error) => tracing::warn!("The worker cannot start yet: {error}"),
        }
    }
}

/// Removes what is over, from time to time; nothing depends on it.
async fn tidy(app: App) {
    let mut tick = tokio::time::interval(TIDY_EVERY);
    loop {
        tick.tick().await;
        if let Err(error) = tidy_up::run(&app).await {
            tracing::error!("Tidying up failed: {error:#}");
        }
    }
}
