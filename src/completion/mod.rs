//! The long job: carries out what an admin confirmed, action by action, and survives a crash; and
//! takes it back again when the setup is closed.
//!
//! A worker takes a run for a minute at a time ([`hands`]), does the first action of the ledger that
//! is not done, writes what came of it, and goes on. Every action looks before it creates, because
//! the one that a crash cut short is repeated. A failure either waits or names what a person must
//! do ([`failure`]); it never just ends. The ledger is the truth, the queue only wakes this.

mod case;
mod catch_up;
mod doubt;
mod failure;
mod finish;
mod hands;
mod hook;
mod last_look;
mod removal;
mod report;
mod reverify;
mod run;
mod sync;
mod triggers;
mod watch;

pub use hands::LEASE;
pub use run::work;
pub use watch::{Moment, Nobody, Watch};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::jobs::Job;
use crate::store::runs;

/// The kind of the job that wakes a run.
pub const JOB: &str = "completion";

/// Runs that one sweep wakes at most.
const PER_SWEEP: i64 = 200;

/// Which run a call is to wake.
#[derive(Serialize, Deserialize)]
struct Payload {
    firm_id: Uuid,
    run_id: Uuid,
}

/// The call that wakes a run; calls that nobody has taken yet are one.
pub fn job(firm_id: Uuid, run_id: Uuid) -> Job {
    Job::new(JOB, run_id, json!(Payload { firm_id, run_id }))
}

/// Handles a call of [`job`].
pub async fn handle(app: &App, job: &Job, stop: &CancellationToken) -> anyhow::Result<()> {
    let Payload { firm_id, run_id } = serde_json::from_value(job.payload.clone())?;
    work(app, &Nobody, stop, firm_id, run_id).await
}

/// Wakes every run that should be moving and is in nobody's hands; says how many.
pub async fn wake_due(app: &App) -> anyhow::Result<usize> {
    let mut conn = app.db.acquire().await?;
    let due = runs::list_due(&mut conn, app.clock.now(), PER_SWEEP).await?;
    for (firm_id, run_id) in &due {
        app.jobs.enqueue(&mut conn, &job(*firm_id, *run_id)).await?;
    }
    Ok(due.len())
}
