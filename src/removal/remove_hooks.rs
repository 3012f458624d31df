//! Removes our webhooks from Procore.

use serde_json::json;

use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::procore::Hook;
use crate::verdict::ReasonCode;
use crate::webhooks;

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
