//! What can be done at a case: one button each, or why not.

use super::{
    CaseAccess, act_for, assign, check_again, close, fixes, link, reopen, reopen_step, retry,
    snooze, view_as,
};
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
        button(view_as::LABEL, view_as::ACTION, Ok(())),
        button(act_for::LABEL, act_for::ACTION, Ok(())),
        button(
            reopen_step::LABEL,
            reopen_step::ACTION,
            case::reopen_step(evidence).map(drop),
        ),
        button(close::LABEL, close::ACTION, case::close(evidence).map(drop)),
        button(reopen::LABEL, reopen::ACTION, case::reopen(evidence)),
    ])
}
