//! What came of an action.

use serde_json::Value;

use crate::activity::ActivityVerb;
use crate::verdict::ReasonCode;

/// How an action ended that did not fail.
pub(crate) enum ActionResult {
    /// The engine records it and goes on with the next one.
    Done(ActionOutcome),
    /// It was the last one, and ended the run in the very write that marked it done.
    RunEnded,
}

/// What the ledger and the timeline keep of an action.
pub(crate) struct ActionOutcome {
    pub partial: Option<ReasonCode>,
    /// In the words of the action.
    pub report: Value,
    /// What goes into the timeline: a verb and what it is about.
    pub activities: Vec<(ActivityVerb, String)>,
}

impl ActionOutcome {
    pub fn done(report: Value) -> Self {
        Self {
            partial: None,
            report,
            activities: Vec::new(),
        }
    }

    /// What was read stays; the rest is missing.
    pub fn partial(mut self, code: ReasonCode) -> Self {
        self.partial = Some(code);
        self
    }

    pub fn with_activity(mut self, verb: ActivityVerb, about: String) -> Self {
        self.activities.push((verb, about));
        self
    }
}
