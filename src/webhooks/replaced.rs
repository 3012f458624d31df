//! Hooks of another payload version, whose place ours takes: they go once nothing is lost with them.

use serde_json::json;

use super::{delete, list};
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::procore::PAYLOAD_VERSION;
use crate::store::{events, hooks};

/// Removes what was replaced, if the new hook was heard of, or if `is_whole` says that our copy lacks
/// nothing although the new one was never heard of; else that is looked at another time.
pub(crate) async fn remove(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    is_whole: bool,
) -> Result<ActionOutcome, Halt> {
    let (firm_id, connection_id) = (context.run.firm_id, context.connection.id);
    let mut conn = lease.app.db.acquire().await?;
    let known = hooks::list(&mut conn, firm_id, connection_id, context.project_id()).await?;
    let (new, replaced): (Vec<hooks::Hook>, Vec<hooks::Hook>) = known
        .into_iter()
        .partition(|row| row.payload_version == PAYLOAD_VERSION);
    let mut is_heard_of = false;
    for hook in &new {
        is_heard_of |= events::any_of(&mut conn, firm_id, hook.id).await?;
    }
    drop(conn);
    let is_ready = new
        .iter()
        .any(|hook| hook.procore_id.is_some() && hook.pending.is_none());
    if !is_ready || !(is_heard_of || is_whole) {
        return Ok(ActionOutcome::done(json!({})));
    }
    let access = context.webhooks()?;
    let (ours, _) = list(lease, context, &access).await?;
    for hook in ours {
        let mut rows = replaced.iter();
        if rows.any(|row| row.procore_id.as_ref() == Some(&hook.id)) {
            delete(lease, &access, &hook).await?;
        }
    }
    mark_removed(lease, &replaced).await?;
    Ok(ActionOutcome::done(json!({ "removed": replaced.len() })))
}

/// Notes that hooks are not in Procore any more.
pub(super) async fn mark_removed(
    lease: &mut RunLease<'_>,
    replaced: &[hooks::Hook],
) -> Result<(), Halt> {
    if replaced.is_empty() {
        return Ok(());
    }
    let now = lease.now();
    let mut write = lease.begin("hook replaced").await?;
    for hook in replaced {
        hooks::mark_removed(&mut write.tx, hook.firm_id, hook.id, now).await?;
    }
    lease.commit(write).await
}
