//! What can be done at a case: one button each, or why not.

use super::CaseAccess;
use super::act_for::ActFor;
use super::action::CaseAction;
use super::assign::Assign;
use super::check_again::CheckAgain;
use super::close::Close;
use super::fixes::SendFixes;
use super::link::SendLink;
use super::reopen::Reopen;
use super::reopen_step::ReopenStep;
use super::retry::Retry;
use super::snooze::Snooze;
use super::view_as::ViewAs;
use crate::app::App;
use crate::onboarding::case::WhyNot;
use crate::web::error::PageError;

/// A button that leads to an action's page.
pub(crate) struct Button {
    pub label: &'static str,
    pub href: String,
    /// Names the button, so that the reason can stand beside it.
    pub id: &'static str,
    /// Why it cannot be used right now.
    pub why_not: Option<String>,
}

/// Everything that support may do here, in the order of the page.
pub(crate) async fn buttons(app: &App, access: &CaseAccess) -> Result<Vec<Button>, PageError> {
    Ok(vec![
        button::<CheckAgain>(access),
        button::<Retry>(access),
        loaded_button::<SendLink>(app, access).await?,
        loaded_button::<SendFixes>(app, access).await?,
        button::<Assign>(access),
        button::<Snooze>(access),
        button::<ViewAs>(access),
        button::<ActFor>(access),
        button::<ReopenStep>(access),
        button::<Close>(access),
        button::<Reopen>(access),
    ])
}

fn button<A: CaseAction>(access: &CaseAccess) -> Button {
    labelled::<A>(access, A::applies(access))
}

/// The button of an action that has to look further than the evidence.
async fn loaded_button<A: CaseAction>(app: &App, access: &CaseAccess) -> Result<Button, PageError> {
    let action = A::load(app, access).await?;
    Ok(labelled::<A>(access, action.check(access)))
}

fn labelled<A: CaseAction>(access: &CaseAccess, applies: Result<(), WhyNot>) -> Button {
    Button {
        label: A::LABEL,
        href: access.at(A::SLUG),
        id: A::SLUG,
        why_not: applies.err().map(|why| why.to_string()),
    }
}
