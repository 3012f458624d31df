//! `/reset/{token}`: the link to choose a new password.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::{CookieJar, Form};
use secrecy::SecretString;
use serde::Deserialize;

use super::reset::LinkSent;
use crate::app::App;
use crate::flows::Browser;
use crate::flows::reset_password::{self, ResetLinkState, ResetPasswordOutcome};
use crate::paths;
use crate::text::{errors, notices};
use crate::web::access::Visitor;
use crate::web::answer::{ok, page, refused, see_other};
use crate::web::cookie;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/new_password.html")]
struct ResetLinkPage {
    shell: Shell,
    form: FormState,
    email: String,
}

/// A link that no longer works, and what to do instead.
#[derive(Template)]
#[template(path = "auth/link_over.html")]
pub(crate) struct LinkOver {
    pub shell: Shell,
    pub heading: &'static str,
    pub text: &'static str,
    /// Where to ask for a fresh link, if that is possible.
    pub renew: Option<String>,
    /// Why it cannot be sent now.
    pub form: FormState,
}

#[derive(Deserialize)]
pub(crate) struct ResetLinkForm {
    #[serde(default)]
    password: SecretString,
}

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    show(&app, &visitor, &token, FormState::default()).await
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Path(token): Path<SecretString>,
    Form(input): Form<ResetLinkForm>,
) -> Result<Response, PageError> {
    let mut form = FormState::default();
    match reset_password::run(&app, &token, &input.password, &browser).await? {
        ResetPasswordOutcome::Done(mark) => {
            let answer = see_other(paths::SIGN_IN).with_success(notices::PASSWORD_RESET);
            let known = CookieJar::new().add(cookie::device(&app, &mark));
            return Ok((known, answer).into_response());
        }
        ResetPasswordOutcome::PasswordRefused(error) => form.fail("password", error.to_string()),
        ResetPasswordOutcome::NotGood => {}
    }
    show(&app, &visitor, &token, form).await
}

pub(super) async fn renew(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    let shell = visitor.shell(&app);
    match reset_password::renew(&app, &token, &browser).await? {
        None => ok(&LinkSent {
            shell,
            certain: true,
        }),
        Some(until) => {
            let mut form = FormState::default();
            form.fail_form(super::wait_until(&app, until));
            refused(&LinkOver {
                form,
                ..expired(shell, &token)
            })
        }
    }
}

async fn show(
    app: &App,
    visitor: &Visitor,
    token: &SecretString,
    form: FormState,
) -> Result<Response, PageError> {
    let shell = visitor.shell(app);
    match reset_password::look(app, token).await? {
        ResetLinkState::Good { email } => {
            let template = ResetLinkPage {
                email: email.as_str().to_owned(),
                shell,
                form,
            };
            if template.form.is_valid() {
                ok(&template)
            } else {
                refused(&template)
            }
        }
        ResetLinkState::Expired => page(http::StatusCode::GONE, &expired(shell, token)),
        ResetLinkState::Over => page(
            http::StatusCode::GONE,
            &over(shell, errors::RESET_OVER, None),
        ),
    }
}

fn expired(shell: Shell, token: &SecretString) -> LinkOver {
    let renew = paths::renew_reset_link(token);
    over(shell, errors::RESET_EXPIRED, Some(renew))
}

fn over(
    shell: Shell,
    (heading, text): (&'static str, &'static str),
    renew: Option<String>,
) -> LinkOver {
    LinkOver {
        shell,
        heading,
        text,
        renew,
        form: FormState::default(),
    }
}
