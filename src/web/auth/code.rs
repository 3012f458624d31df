//! `/sign-in/code`: the second factor.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::sign_in::{Next, wait_until, welcome};
use crate::app::App;
use crate::flows::Browser;
use crate::flows::pass_second_factor::{self, PassSecondFactorOutcome};
use crate::paths;
use crate::store::sessions::SessionStanding;
use crate::text::forms;
use crate::web::access::HalfWay;
use crate::web::answer::{ok, refused, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/code.html")]
struct CodePage {
    shell: Shell,
    form: FormState,
    next: String,
}

#[derive(Deserialize)]
pub(crate) struct CodeForm {
    #[serde(default)]
    code: SecretString,
}

pub(super) async fn get(
    State(app): State<App>,
    person: HalfWay,
    Query(next): Query<Next>,
) -> Result<Response, PageError> {
    match person.session.standing() {
        SessionStanding::NeedsCode => ok(&show(&app, &person, &next, FormState::default())),
        SessionStanding::NeedsEnrolment => Err(PageError::NeedsEnrolment),
        SessionStanding::SignedIn => Ok(see_other(next.place()).into_response()),
    }
}

pub(super) async fn post(
    State(app): State<App>,
    person: HalfWay,
    browser: Browser,
    Query(next): Query<Next>,
    Form(input): Form<CodeForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default();
    if input.code.expose_secret().trim().is_empty() {
        form.fail("code", forms::CODE);
        return refused(&show(&app, &person, &next, form));
    }
    match pass_second_factor::run(&app, &person.actor, &input.code, &browser).await? {
        PassSecondFactorOutcome::SignedIn(opened) => {
            return Ok(welcome(&app, &opened, next.place()));
        }
        PassSecondFactorOutcome::WrongCode => form.fail("code", forms::WRONG_CODE),
        PassSecondFactorOutcome::Wait(until) => form.fail("code", wait_until(&app, until)),
    }
    refused(&show(&app, &person, &next, form))
}

fn show(app: &App, person: &HalfWay, next: &Next, form: FormState) -> CodePage {
    CodePage {
        shell: person.shell(app),
        form,
        next: paths::with_next("", next.place()),
    }
}
