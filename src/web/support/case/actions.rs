//! What can be done at a case: one button each, or why not.

use super::{CaseAccess, assign};
use crate::onboarding::attention::Evidence;
use crate::onboarding::case::WhyNot;

/// A button that leads to an action's page.
pub struct Button {
    pub label: &'static str,
    pub href: String,
    /// Names the button, so that the reason can stand beside it.
    pub id: &'static str,
    /// Why it cannot be used right now.
    pub why_not: Option<String>,
}

/// Everything that support may do here, in the order of the page.
pub fn buttons(access: &CaseAccess, _evidence: &Evidence) -> Vec<Button> {
    let button = |label, id, may: Result<(), WhyNot>| Button {
        label,
        href: access.at(id),
        id,
        why_not: may.err().map(|why| why.to_string()),
    };
    vec![button(assign::LABEL, assign::ACTION, Ok(()))]
}
