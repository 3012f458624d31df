//! *Reopen a step*: the firm goes back, and what follows has to be done again.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum_extra::extract::Form;
use serde::Deserialize;

use super::CaseAccess;
use super::ask::{Again, Ask, AskInput, Settled, settle};
use crate::app::App;
use crate::flows::reopen_step;
use crate::onboarding::{Stage, case};
use crate::web::answer::page;
use crate::web::error::PageError;
use crate::web::view::Shell;

pub const LABEL: &str = "Reopen a step";
pub const ACTION: &str = "reopen-step";

#[derive(Template)]
#[template(path = "support/case/reopen_step.html")]
struct Page {
    shell: Shell,
    ask: Ask,
    choices: Vec<Choice>,
}

/// One step with what opening it again resets.
struct Choice {
    value: &'static str,
    id: String,
    label: String,
    hint: String,
}

#[derive(Deserialize)]
pub struct Input {
    #[serde(flatten)]
    ask: AskInput,
    #[serde(default)]
    step: String,
}

pub async fn get(State(app): State<App>, access: CaseAccess) -> Result<Response, PageError> {
    page(StatusCode::OK, &show(&app, &access, Again::default()))
}

pub async fn post(
    State(app): State<App>,
    access: CaseAccess,
    Form(input): Form<Input>,
) -> Result<Response, PageError> {
    let mut form = input.ask.form().keep("step", input.step.as_str());
    let step = Stage::from_stored(&input.step).ok_or("Choose a step");
    let step = form.check("step", step);
    let reason = input.ask.reason(&mut form);
    let (Some(step), Some(reason)) = (step, reason) else {
        let again = show(&app, &access, form.into());
        return page(again.ask.refusal(), &again);
    };
    let seen = input.ask.page()?;
    let result = reopen_step::run(&app, &access.actor, seen, step, &reason).await;
    let said = format!("The setup stands at “{}” again.", step.label());
    match settle(&access.shell(&app), &access, result, said, form)? {
        Settled::Done(answer) => Ok(answer),
        Settled::Again(status, again) => page(status, &show(&app, &access, again)),
    }
}

fn show(app: &App, access: &CaseAccess, again: Again) -> Page {
    let onboarding = access.onboarding();
    let steps = case::reopen_step(&access.evidence);
    let choices = steps
        .iter()
        .flatten()
        .enumerate()
        .map(|(place, step)| Choice {
            value: step.as_str(),
            // The summary of mistakes leads to the first one.
            id: match place {
                0 => "step".to_owned(),
                _ => format!("step_{}", step.as_str()),
            },
            label: format!("Step {}: {}", step.number(), step.label()),
            hint: hint(onboarding.reset_by_reopening(*step)),
        });
    let choices = choices.collect();
    let ask = Ask::new(app, access, LABEL, ACTION)
        .effect(
            "What was entered stays: the Procore details with the secret, and the choice of data.",
        )
        .effect("The steps from there on have to be confirmed again, and their checks run again.")
        .effect("Nothing changes in Procore. The firm sees it in its activity.")
        .unless(steps.map(drop));
    Page {
        shell: access.shell(app),
        ask: ask.filled_in(again),
        choices,
    }
}

/// What has to be done again.
fn hint(reset: impl Iterator<Item = Stage>) -> String {
    let labels: Vec<&str> = reset.map(Stage::label).collect();
    format!("To be done again: {}.", labels.join(", "))
}
