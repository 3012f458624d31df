//! *View as*: the firm's own pages, to look at.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::visit;
use crate::identity::Access;
use crate::paths;
use crate::web::answer::{page, see_other};
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "View as";
pub const ACTION: &str = "view-as";

#[derive(Template)]
#[template(path = "support/case/ask.html")]
struct Page {
    shell: Shell,
    ask: Ask,
}

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
    let seen = input.page()?;
    let result = visit::begin(&app, &access.actor, seen, Access::View, &reason).await;
    match settle(&access.shell(&app), &access, result, "", form)? {
        Settled::Done(_) => Ok(see_other(paths::concierge(access.case.firm.id)).into_response()),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let firm = &access.case.firm.name;
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(format!(
            "You see the pages of {firm} as its admins do, and can change nothing."
        ))
        .effect("It ends after 60 minutes, or with “End view” at the top of every page.")
        .effect("The firm sees in its activity that you looked, from when to when.");
    Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
    }
}
