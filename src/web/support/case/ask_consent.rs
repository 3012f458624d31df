//! Asks the firm whether support may act for it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::consent;
use crate::identity::Remark;
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "Ask for consent";
pub const ACTION: &str = "ask-consent";

#[derive(Template)]
#[template(path = "support/case/ask_consent.html")]
struct Page {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    question: String,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(StatusCode::OK, &show(&app, &access, Again::default()))
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input.ask.form().keep("question", input.question.trim());
    let question = match input.question.trim() {
        "" => form.check("question", Err("Enter what you would do for the firm")),
        text => form.check("question", Remark::reason(text)),
    };
    let reason = input.ask.reason(&mut form);
    let (Some(question), Some(reason)) = (question, reason) else {
        let again = show(&app, &access, form.into());
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.ask.page()?;
    let result = consent::ask(&app, &access.actor, seen, &question, &reason).await;
    let said = "The firm’s admins are asked by mail.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(
            "Every admin of the firm gets a mail with your name, what you would do, and a link.",
        )
        .effect("Whoever agrees lets support act for 7 days. You are told by mail.")
        .effect("The firm sees in its activity that you asked.");
    Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
    }
}
