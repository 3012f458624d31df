//! Deletes the records that were read.

use serde_json::json;

use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::store::records;

/// Records that one write deletes.
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
        let gone = records::remove_some(&mut write.tx, firm_id, connection_id, AT_A_TIME).await?;
        lease.commit(write).await?;
        if gone == 0 {
            return Ok(ActionOutcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}
