//! The durable queue behind one door; knows no business.
//!
//! A job is a wake-up call: its kind and a small payload. It is enqueued in the transaction that
//! causes it, delivered at least once, and handled by whoever is given to [`Worker`]. Due times
//! are not kept here: they live in our own rows against our own clock, and a sweep wakes what is due.

mod patient;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use graphile_worker::{
    IntoTaskHandlerResult, JobKeyMode, JobSpecBuilder, LocalQueueConfig, RefetchDelayConfig,
    TaskHandler, WorkerContext, WorkerOptions, WorkerRecoveryConfig, WorkerUtils,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::{PgConnection, PgPool};

use patient::Patient;

const SCHEMA: &str = "graphile_worker";
const POLL_EVERY: Duration = Duration::from_secs(1);

/// Why the queue could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the job queue failed while it should {action}")]
pub struct QueueError {
    action: &'static str,
    #[source]
    source: Box<dyn std::error::Error + Send + Sync>,
}

impl QueueError {
    fn new(
        action: &'static str,
    ) -> impl FnOnce(Box<dyn std::error::Error + Send + Sync>) -> QueueError {
        move |source| Self { action, source }
    }
}

/// A wake-up call. Two calls with the same kind and key that nobody has taken yet are one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Job {
    pub kind: String,
    pub key: String,
    pub payload: Value,
}

impl Job {
    pub fn new(kind: &'static str, key: impl ToString, payload: Value) -> Self {
        Self {
            kind: kind.to_owned(),
            key: key.to_string(),
            payload,
        }
    }
}

/// Whoever does the work.
#[async_trait]
pub trait Handler: Send + Sync + 'static {
    /// Handles one wake-up call; it may come twice. An error has it called again later.
    async fn handle(&self, job: &Job) -> anyhow::Result<()>;
}

/// Where jobs are put. Cheap to clone.
#[derive(Clone)]
pub struct Queue {
    utils: WorkerUtils,
}

impl Queue {
    pub fn new(pool: &PgPool) -> Self {
        Self {
            utils: WorkerUtils::new(pool.clone(), SCHEMA),
        }
    }

    /// Brings the queue's own tables to the state that this release needs.
    pub async fn migrate(&self) -> Result<(), QueueError> {
        let failed = QueueError::new("prepare its tables");
        self.utils
            .migrate()
            .await
            .map_err(|error| failed(error.into()))
    }

    /// Puts `job` in the queue when and only when the caller's transaction commits.
    pub async fn enqueue(&self, conn: &mut PgConnection, job: &Job) -> Result<(), QueueError> {
        let spec = JobSpecBuilder::new()
            .job_key(format!("{}:{}", job.kind, job.key))
            .job_key_mode(JobKeyMode::Replace)
            .build();
        let failed = QueueError::new("take a job");
        self.utils
            .clone()
            .with_executor(conn)
            .add_job(Call(job.clone()), spec)
            .await
            .map(drop)
            .map_err(|error| failed(error.into()))
    }
}

/// Takes jobs from the queue and hands them to its [`Handler`].
pub struct Worker {
    inner: graphile_worker::Worker,
}

impl Worker {
    /// A worker that handles up to `concurrency` jobs at a time.
    pub async fn start(
        pool: &PgPool,
        handler: Arc<dyn Handler>,
        concurrency: usize,
    ) -> Result<Self, QueueError> {
        let failed = QueueError::new("start a worker");
        let inner = options(pool, handler, concurrency)
            .local_queue(
                LocalQueueConfig::default()
                    .with_size(concurrency.max(1))
                    .with_refetch_delay(when_idle()),
            )
            .init()
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(Self { inner })
    }

    /// A worker for [`Worker::drain`], which takes each job straight from the table.
    pub async fn for_draining(
        pool: &PgPool,
        handler: Arc<dyn Handler>,
    ) -> Result<Self, QueueError> {
        let failed = QueueError::new("start a worker");
        let inner = options(pool, handler, 1)
            .init()
            .await
            .map_err(|error| failed(error.into()))?;
        Ok(Self { inner })
    }

    /// Handles jobs until `stop` resolves, then finishes those in hand.
    pub async fn run(&self, stop: impl Future<Output = ()> + Send) -> Result<(), QueueError> {
        let failed = QueueError::new("run");
        let work = self.inner.run();
        tokio::pin!(work);
        tokio::select! {
            result = &mut work => result.map_err(|error| failed(error.into())),
            () = stop => {
                self.inner.request_shutdown();
                work.await.map_err(|error| failed(error.into()))
            }
        }
    }

    /// Handles what is in the queue now and returns.
    pub async fn drain(&self) -> Result<(), QueueError> {
        let failed = QueueError::new("drain");
        self.inner
            .run_once()
            .await
            .map_err(|error| failed(error.into()))
    }
}

/// An empty queue is asked again after a second, or as soon as the database tells of a job.
///
/// Not to be left out: without a delay this version of the library asks an empty queue again at
/// once, thousands of times per second.
fn when_idle() -> RefetchDelayConfig {
    RefetchDelayConfig::default()
        .with_duration(POLL_EVERY)
        .with_threshold(0)
        .with_max_abort_threshold(1)
}

fn options(pool: &PgPool, handler: Arc<dyn Handler>, concurrency: usize) -> WorkerOptions {
    WorkerOptions::default()
        .database(Patient::around(pool.clone()))
        .schema(SCHEMA)
        .concurrency(concurrency)
        .poll_interval(POLL_EVERY)
        .worker_recovery(
            WorkerRecoveryConfig::default()
                .enabled(true)
                .heartbeat_interval(Duration::from_secs(5))
                .sweep_interval(Duration::from_secs(10))
                .sweep_threshold(Duration::from_secs(30)),
        )
        .listen_os_shutdown_signals(false)
        .add_extension(Context(handler))
        .define_job::<Call>()
}

#[derive(Clone)]
struct Context(Arc<dyn Handler>);

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Context")
    }
}

#[derive(Serialize, Deserialize)]
struct Call(Job);

impl TaskHandler for Call {
    const IDENTIFIER: &'static str = "concierge";

    async fn run(self, context: WorkerContext) -> impl IntoTaskHandlerResult {
        let Some(Context(handler)) = context.get_ext::<Context>().cloned() else {
            return Err("no handler was given to the worker".to_owned());
        };
        handler.handle(&self.0).await.map_err(|error| {
            let kind = &self.0.kind;
            tracing::error!(job.kind = kind, "Job {kind} failed: {error:#}");
            format!("{kind} failed")
        })
    }
}
