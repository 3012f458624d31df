//! *Retry*.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Page, Settled, settle};
use crate::app::App;
use crate::flows::retry_case;
use crate::onboarding::case::retry;
use crate::web::answer::page;
use crate::web::error::PageError;

pub const LABEL: &str = "Retry";
pub const ACTION: &str = "retry";

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
    let result = retry_case::run(&app, &access.actor, input.page()?, &reason).await;
    let said = "The plan goes on from where it stopped.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(
            "What failed is tried again, and the plan goes on from there. What is done stays done.",
        )
        .effect("Where somebody had to mend something, access to Procore is checked first.")
        .effect("The firm sees that it goes on, and that you had it tried again.")
        .unless(retry(&access.evidence));
    Page::new(app, access, ask.filled_in(again))
}
