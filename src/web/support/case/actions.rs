//! What can be done at a case: one button each, or why not.

use super::{CaseAccess, assign, check_again, fixes, link, retry, snooze};
use crate::app::App;
use crate::onboarding::case::{self, WhyNot};
use crate::web::error::PageError;

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
pub async fn buttons(app: &App, access: &CaseAccess) -> Result<Vec<Button>, PageError> {
    let button = |label, id, may: Result<(), WhyNot>| Button {
        label,
        href: access.at(id),
        id,
        why_not: may.err().map(|why| why.to_string()),
    };
    let evidence = &access.evidence;
    let readers = link::choices(app, access).await?;
    let to_mend = fixes::list(app, access).await?;
    Ok(vec![
        button(
            check_again::LABEL,
            check_again::ACTION,
            case::check_again(evidence).map(|_| ()),
        ),
        button(retry::LABEL, retry::ACTION, case::retry(evidence)),
        button(link::LABEL, link::ACTION, link::may(access, &readers)),
        button(fixes::LABEL, fixes::ACTION, fixes::may(access, &to_mend)),
        button(assign::LABEL, assign::ACTION, Ok(())),
        button(snooze::LABEL, snooze::ACTION, case::snooze(evidence)),
    ])
}
