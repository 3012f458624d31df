//! *Check again now*.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Page, Settled, settle};
use crate::app::App;
use crate::flows::check_case;
use crate::onboarding::case::check_again;
use crate::onboarding::ledger::CheckPurpose;
use crate::web::answer::page;
use crate::web::error::PageError;

pub const LABEL: &str = "Check again now";
pub const ACTION: &str = "check-again";

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(StatusCode::OK, &show(&app, &access, Again::default()))
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<AskInput>,
) -> Result<Response, PageError> {
    let mut form = input.form();
    let Some(reason) = input.reason(&mut form) else {
        let again = show(&app, &access, form.into());
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let result = check_case::run(&app, &access.actor, input.page()?, &reason).await;
    let said = "The checks are running. Their results appear below.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let may = check_again(&access.evidence);
    let what = match may {
        Ok(CheckPurpose::Verify) => "the Procore details",
        Ok(CheckPurpose::Permissions) | Err(_) => "the permissions that the chosen data needs",
    };
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(format!(
            "We ask Procore again about {what}, with the firm’s own key."
        ))
        .effect(
            "What has passed stays, and the rest is asked once more. Nothing changes in Procore.",
        )
        .effect("The firm sees the new results, and that you started the checks.")
        .unless(may.map(|_| ()));
    Page::new(app, access, ask.filled_in(again))
}
