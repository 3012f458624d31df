//! Forgets the access and ends the run.

use crate::activity::ActivityVerb;
use crate::engine::{Halt, RunContext, RunLease};
use crate::ledger::{Action, ActionState};
use crate::store::actions::Entry;
use crate::store::{connections, credentials, hooks, tokens};
use serde_json::json;

/// Wipes the key and secret and ends the run, in one transaction.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let (firm_id, now) = (context.run.firm_id, lease.now());
    let mut connection = context.connection.clone();
    connection.disconnect();
    let left = ledger
        .iter()
        .any(|entry| entry.action == Action::RemoveHooks && entry.state == ActionState::Partial);
    let mut write = lease.begin("released").await?;
    let tx = &mut write.tx;
    match left {
        true => hooks::leave_of(tx, firm_id, connection.id).await?,
        false => hooks::remove_of(tx, firm_id, connection.id).await?,
    }
    connections::save(tx, &connection).await?;
    tokens::remove_of(tx, firm_id, connection.id).await?;
    credentials::wipe(tx, connection.firm_id, connection.id, now).await?;
    lease.end_run(tx, entry).await?;
    let facts = json!({ "left_behind": left });
    let verb = ActivityVerb::RemovalDone;
    lease.record_activity(tx, verb, None, facts).await?;
    lease.refresh_queue_line(tx).await?;
    lease.commit(write).await
}
