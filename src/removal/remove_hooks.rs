//! Removes our webhooks from Procore.

use serde_json::json;

use crate::engine::{ActionOutcome, Failure, Halt, Next, RunContext, RunLease};
use crate::procore::Hook;
use crate::verdict::ReasonCode;
use crate::webhooks;
use crate::work;

/// Removes every webhook of ours, and looks again whether any is left.
///
/// Ours are those in our namespace that lead to this installation. Of those, one whose address
/// names another firm is let be; so are hooks that lead elsewhere.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let access = context.api()?.webhooks();
    let firm_id = context.run.firm_id;
    let mut removed = 0;
    for _ in 0..webhooks::ROUNDS {
        let (ours, elsewhere) = webhooks::list(lease, &access).await?;
        let (others, ours): (Vec<Hook>, Vec<Hook>) = ours
            .into_iter()
            .partition(|hook| webhooks::is_of_another(hook, firm_id));
        if ours.is_empty() {
            wait_for_late_look(lease, context).await?;
            // Nothing is asked any more. Whatever keeps Procore from taking the token back, it
            // ends by itself soon.
            let revoked = lease
                .call("revoke token", context.api()?.revoke_token())
                .await?;
            if let Err(error) = revoked {
                tracing::info!("Procore did not take a token back: {error}");
            }
            let foreign = elsewhere.into_iter().chain(others).map(|hook| hook.id);
            let foreign: Vec<String> = foreign.collect();
            return Ok(ActionOutcome::done(
                json!({ "removed": removed, "foreign": foreign }),
            ));
        }
        for hook in &ours {
            webhooks::delete(lease, &access, hook).await?;
            removed += 1;
        }
    }
    // Deleted and listed again and again.
    Err(Failure::wait(ReasonCode::Unexpected).into())
}

/// Waits while Procore may still carry out a creation that it did not answer: with the access gone,
/// nobody could remove what comes of it.
async fn wait_for_late_look(lease: &RunLease<'_>, context: &RunContext) -> Result<(), Halt> {
    let look = webhooks::late_look(context.run.firm_id, context.connection.id);
    let mut conn = lease.app.db.acquire().await?;
    let due_at = work::due_at(&mut conn, look).await?;
    let now = lease.now();
    // A look that is further away was put off: what it was to remove is gone by now.
    match due_at.filter(|due_at| now < *due_at && *due_at <= now + webhooks::LATE) {
        None => Ok(()),
        not_before => Err(Halt::from(Failure {
            next: Next::Wait { not_before },
            ..Failure::wait(ReasonCode::Unreachable)
        })),
    }
}
