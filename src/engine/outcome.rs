//! What came of an action.

use serde_json::Value;

use crate::activity::ActivityVerb;
use crate::store::actions::ActionEnd;

/// How an action ended that did not fail.
pub(crate) enum ActionResult {
    /// The engine records it and goes on with the next one.
    Done(ActionOutcome),
    /// It put the run down in the very write that recorded it: the last action, which ends the run
    /// or lets it rest.
    RunPutDown,
    /// It put actions before it, and itself, back to be done again.
    Again,
}

/// What the ledger and the timeline keep of an action.
pub(crate) struct ActionOutcome {
    pub end: ActionEnd,
    /// In the words of the action.
    pub report: Value,
    /// What goes into the timeline: a verb and what it is about.
    pub activities: Vec<(ActivityVerb, String)>,
}

impl ActionOutcome {
    pub(crate) fn done(report: Value) -> Self {
        Self {
            end: ActionEnd::Done,
            report,
            activities: Vec::new(),
        }
    }

    /// What was read stays; the rest is missing.
    pub(crate) fn ended(mut self, end: ActionEnd) -> Self {
        self.end = end;
        self
    }

    pub(crate) fn with_activity(mut self, verb: ActivityVerb, about: String) -> Self {
        self.activities.push((verb, about));
        self
    }
}
