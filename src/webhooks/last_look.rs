//! Checks the webhook and its triggers again at the end.
//!
//! A fence keeps an overtaken worker from writing to our tables; it cannot keep one that wakes up
//! in the middle of a call from creating a second webhook in Procore. What such a one left is
//! removed here.

use serde_json::json;

use super::{hook, triggers};
use crate::engine::{ActionOutcome, Failure, Halt, RunContext, RunLease};
use crate::verdict::ReasonCode;

/// Does the action.
pub(crate) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let hook = hook::ensure(lease, context).await?;
    match triggers::ensure(lease, context, hook.id, &hook.procore_id).await? {
        Some(_) => Ok(ActionOutcome::done(json!({ "removed": hook.removed }))),
        // Listed just now and gone.
        None => Err(Failure::wait(ReasonCode::Unexpected).into()),
    }
}
