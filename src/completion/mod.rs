//! The long job: carries out what an admin confirmed, action by action, and survives a crash; and
//! takes it back again when the setup is closed.
//!
//! A worker takes a run ([`hands`]), does the first action of the ledger that
//! is not done, writes what came of it, and goes on. Every action looks before it creates, because
//! the one that a crash cut short is repeated. A failure either waits or names what a person must
//! do ([`failure`]); it never just ends.

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

pub use run::work;
pub use watch::{Moment, Nobody, Watch};

use anyhow::Context;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::app::App;
use crate::identity::FirmId;
use crate::work::{Lease, Task};

/// The kind of this work.
pub const KIND: &str = "completion";

/// The work on a run.
pub fn task(firm_id: Uuid, run_id: Uuid) -> Task {
    Task {
        kind: KIND,
        key: run_id,
        firm: Some(FirmId(firm_id)),
    }
}

/// Works on the run of [`task`].
pub async fn handle(app: &App, lease: &Lease, stop: &CancellationToken) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a run of no firm")?;
    work(app, &Nobody, stop, firm_id, lease.key).await
}
