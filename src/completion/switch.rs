//! Puts the settings of a change in use: the one moment at which it takes effect.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::finish;
use crate::connection::Connection;
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::ledger::RunKind;
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::{connections, runs};
use crate::{reconcile, work};

/// Does the action, unless something that was chosen could not be read. What was in use before is kept
/// with the outcome, in the write that replaces it.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    finish::refuse_partial(ledger)?;
    let now = lease.now();
    let (mut write, stored) = lease
        .begin_with_onboarding("settings switched", context.onboarding_id)
        .await?;
    let tx = &mut write.tx;
    let connection = stored.connection;
    let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a run without connection"))?;
    let report = json!({ "before": connection.settings });
    connection
        .choose(context.settings.clone())
        .map_err(anyhow::Error::from)?;
    connections::save(tx, &connection).await?;
    end_other_readings(tx, &connection, now).await?;
    actions::finish(
        tx,
        &lease.held,
        entry.position,
        ActionEnd::Done,
        &report,
        now,
    )
    .await?;
    lease.commit(write).await?;
    Ok(ActionOutcome::done(report))
}

/// Ends the runs that read by the settings of before, which could bring back what is about to be
/// deleted. A reconcile starts over with those of now, and reads what they had not finished.
async fn end_other_readings(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<(), Halt> {
    let (firm, id) = (connection.firm_id, connection.id);
    for kind in [RunKind::Reading, RunKind::Reconcile] {
        if let Some(run) = runs::find_open_for_update(conn, firm, id, kind).await? {
            runs::abandon(conn, &run, now).await?;
            work::put(conn, reconcile::task(firm, id), now).await?;
        }
    }
    Ok(())
}
