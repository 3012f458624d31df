//! Deletes the records that were read, what was delivered, and what could not be read.

use serde_json::json;

use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::store::{
    events, list_readings, project_runs, projects, projects_seen, reconciles, records, unread,
};

/// Records, and events, that one write deletes.
const AT_A_TIME: i64 = 5_000;

/// Deletes them in writes that are short enough for others to get their turn.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let (firm_id, connection_id) = (context.run.firm_id, context.connection.id);
    let mut dropped = 0;
    loop {
        let mut write = lease.begin("records dropped").await?;
        let (tx, now) = (&mut write.tx, lease.now());
        let gone =
            records::remove_some(tx, firm_id, connection_id, None, &[], AT_A_TIME, now).await?;
        unread::remove_records(tx, firm_id, connection_id, None).await?;
        unread::remove_events(tx, firm_id, connection_id).await?;
        list_readings::forget_all(tx, firm_id, connection_id).await?;
        project_runs::forget(tx, (firm_id, connection_id)).await?;
        reconciles::forget(tx, firm_id, connection_id).await?;
        projects_seen::forget(tx, (firm_id, connection_id)).await?;
        projects::forget_unshared(tx, (firm_id, connection_id)).await?;
        let events = events::remove_some(tx, firm_id, connection_id, AT_A_TIME).await?;
        lease.commit(write).await?;
        if gone + events == 0 {
            return Ok(ActionOutcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}
