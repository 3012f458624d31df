//! `/account/password`.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::flows::change_password::{self, ChangePasswordOutcome};
use crate::paths;
use crate::text::{forms, notices};
use crate::web::access::SignedIn;
use crate::web::answer::{ok, refused, see_other};
use crate::web::auth::wait_until;
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
    Form(input): Form<PasswordForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default();
    if input.current.expose_secret().is_empty() {
        form.fail("current", forms::CURRENT_PASSWORD);
    } else {
        let session = person.session.session_id;
        let (current, new) = (&input.current, &input.new);
        match change_password::run(&app, &person.actor, session, current, new).await? {
            ChangePasswordOutcome::Changed => {
                return Ok(see_other(paths::ACCOUNT)
                    .with_success(notices::PASSWORD_CHANGED)
                    .into_response());
            }
            ChangePasswordOutcome::WrongPassword => {
                form.fail("current", forms::WRONG_CURRENT_PASSWORD)
            }
            ChangePasswordOutcome::PasswordRefused(error) => form.fail("new", error.to_string()),
            ChangePasswordOutcome::Wait(until) => form.fail("current", wait_until(&app, until)),
        }
    }
    refused(&PasswordPage {
        shell: person.shell(&app),
        form,
    })
}
