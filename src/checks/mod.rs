//! The work that runs a verification: asks Procore, writes each row as it is decided.
//!
//! A run is stored and goes on when the browser leaves. The token comes first, since nothing can
//! be asked without one; then at most four questions side by side. No transaction is open while
//! Procore is asked, and a row is written only while the credential that it tests is in use, or may come to be.

mod again;
mod ask;
mod asking;
mod finish;
mod taken;

use anyhow::Context as _;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::app::App;
use crate::identity::{CheckRunId, CredentialId, FirmId};
use crate::store::{checks, onboardings, queue_lines};
use crate::verdict::ReasonCode;
use crate::work::{self, Lease, Task};

pub(crate) use again::kept;
use taken::{OpenRun, Taken};

/// The kind of this work.
pub(crate) const KIND: &str = "checks";

/// The kind of the work that follows the checks of a candidate. The word is stored with what is due.
pub(crate) const REPLACEMENT: &str = "replace_credentials";

/// The work of concluding what the checks of a candidate came to.
pub(crate) fn replacement(firm_id: FirmId, candidate: CredentialId) -> Task {
    Task {
        kind: REPLACEMENT,
        key: candidate.0,
        firm: Some(firm_id),
    }
}

/// After how many failures of our own side a run ends as failed, so that it can be started again.
const MOST_FAILURES: i32 = 5;

/// The work on a run of checks: to ask, and to ask again where it ended waiting for Procore.
pub(crate) fn task(firm_id: FirmId, check_run_id: CheckRunId) -> Task {
    Task {
        kind: KIND,
        key: check_run_id.0,
        firm: Some(firm_id),
    }
}

/// Runs the verification of [`task`] if it has not ended, and runs it again if it waits.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("checks of no firm")?;
    let check_run_id = CheckRunId(lease.key);
    if lease.failures >= MOST_FAILURES {
        tracing::error!(firm.id = %firm_id, "Gave up checks {check_run_id}: they keep failing");
        let mut tx = app.db.begin().await?;
        give_up(&mut tx, firm_id, check_run_id, app.clock.now()).await?;
        return Ok(tx.commit().await?);
    }
    match OpenRun::take(app, firm_id, check_run_id).await? {
        Taken::Open(mut run) => {
            let answers = run.ask_all(app).await?;
            let web = run.ask_web(app, &answers).await?;
            run.finish(app, &answers, web).await
        }
        Taken::Waiting => again::retry(app, firm_id, check_run_id).await,
        Taken::Nothing => Ok(()),
    }
}

/// Ends a run that cannot be done, for a reason of ours. Reads nothing of the run, which may be what
/// fails.
async fn give_up(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let code = ReasonCode::Unexpected;
    let given_up = checks::give_up(conn, firm_id, check_run_id, code, now).await?;
    let Some((connection, credential)) = given_up else {
        return Ok(());
    };
    // Nothing is to be done if it is no candidate.
    work::put(conn, replacement(firm_id, credential), now).await?;
    if let Some(id) = onboardings::find_id_of_connection(conn, firm_id, connection).await? {
        queue_lines::refresh(conn, firm_id, id, now).await?;
    }
    Ok(())
}
