//! `/account/password`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::fail_unproven;
use crate::app::App;
use crate::flows::change_password::{self, ChangePasswordOutcome};
use crate::flows::{Browser, Error};
use crate::paths;
use crate::text::{forms, notices};
use crate::web::access::SignedIn;
use crate::web::answer::{ok, refused, see_other};
use crate::web::cookie;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "account/password.html")]
struct PasswordPage {
    shell: Shell,
    form: FormState,
}

#[derive(Deserialize)]
pub(crate) struct PasswordForm {
    #[serde(default)]
    current: SecretString,
    #[serde(default)]
    new: SecretString,
}

pub(super) async fn get(State(app): State<App>, person: SignedIn) -> Result<Response, PageError> {
    ok(&PasswordPage {
        shell: person.shell(&app),
        form: FormState::default(),
    })
}

pub(super) async fn post(
    State(app): State<App>,
    person: SignedIn,
    browser: Browser,
    Form(input): Form<PasswordForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default();
    if input.current.expose_secret().is_empty() {
        form.fail("current", forms::CURRENT_PASSWORD);
    } else {
        let (current, new) = (&input.current, &input.new);
        match change_password::run(&app, &person.actor, current, new, &browser).await {
            Ok(ChangePasswordOutcome::Changed(opened)) => {
                let answer = see_other(paths::ACCOUNT).with_success(notices::PASSWORD_CHANGED);
                return Ok((cookie::signed_in(&app, &opened), answer).into_response());
            }
            Ok(ChangePasswordOutcome::PasswordRefused(error)) => {
                form.fail("new", error.to_string());
            }
            Err(Error::Unproven(why)) => {
                let wrong = forms::WRONG_CURRENT_PASSWORD;
                fail_unproven(&app, &mut form, "current", why, wrong);
            }
            Err(error) => return Err(error.into()),
        }
    }
    refused(&PasswordPage {
        shell: person.shell(&app),
        form,
    })
}
