//! Writes down that somebody at the firm agreed by mail.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use chrono::{NaiveDate, NaiveTime};
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::consent::{self, Answer};
use crate::identity::{Remark, parse_name};
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

pub const LABEL: &str = "Record their consent";
pub const ACTION: &str = "record-consent";

#[derive(Template)]
#[template(path = "support/case/record_consent.html")]
struct Page {
    shell: Shell,
    ask: Ask,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    who: String,
    #[serde(default)]
    when: String,
    #[serde(default)]
    quote: String,
}

impl Input {
    fn parse(&self, app: &App, form: &mut FormState) -> Option<Answer> {
        let today = app.clock.now().date_naive();
        let who = form.check("who", parse_name(&self.who));
        let when = form.check("when", parse_day(&self.when, today));
        let quote = match self.quote.trim() {
            "" => form.check("quote", Err("Enter their words")),
            text => form.check("quote", Remark::reason(text)),
        };
        Some(Answer {
            who: who?,
            when: when?.and_time(NaiveTime::MIN).and_utc(),
            quote: quote?,
        })
    }
}

/// A day that is not ahead.
fn parse_day(typed: &str, today: NaiveDate) -> Result<NaiveDate, &'static str> {
    let day = typed.trim().parse::<NaiveDate>();
    let day = day.map_err(|_| "Enter the day of their mail, such as 2026-03-27")?;
    // Somewhere it is tomorrow already.
    match day > today.succ_opt().unwrap_or(today) {
        true => Err("The day of their mail cannot be ahead"),
        false => Ok(day),
    }
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(StatusCode::OK, &show(&app, &access, Again::default()))
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input
        .ask
        .form()
        .keep("who", input.who.trim())
        .keep("when", input.when.trim())
        .keep("quote", input.quote.trim());
    let answer = input.parse(&app, &mut form);
    let reason = input.ask.reason(&mut form);
    let (Some(answer), Some(reason)) = (answer, reason) else {
        let again = show(&app, &access, form.into());
        return page(StatusCode::UNPROCESSABLE_ENTITY, &again);
    };
    let seen = input.ask.page()?;
    let result = consent::record(&app, &access.actor, seen, &answer, &reason).await;
    let said = "The consent is recorded, and the firm was told.";
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect("Support may act for the firm for 7 days from now.")
        .effect("Every admin of the firm gets a mail with what you write here, and can stop it at once.")
        .effect("Your name, theirs and their words are in the firm’s activity.");
    Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
    }
}
