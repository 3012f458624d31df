//! Looks at the webhook and its triggers once more.
//!
//! A fence keeps an overtaken worker from writing to our tables; it cannot keep one that wakes up
//! in the middle of a call from creating a second webhook in Procore. What such a one left is
//! removed here.

use serde_json::json;

use super::case::Case;
use super::failure::{Failure, Halt};
use super::hands::Hands;
use super::run::Outcome;
use super::{hook, triggers};
use crate::verdict::ReasonCode;

/// Does the action.
pub(super) async fn act(hands: &mut Hands<'_>, case: &Case) -> Result<Outcome, Halt> {
    let hook = hook::ensure(hands, case).await?;
    match triggers::ensure(hands, case, hook.id, &hook.procore_id).await? {
        Some(_) => Ok(Outcome::done(json!({ "removed": hook.removed }))),
        None => Err(Halt::Failed(Failure::Wait {
            code: ReasonCode::Unexpected, // listed just now and gone
            not_before: None,
        })),
    }
}
