//! `/second-factor/{token}`: the owner stops the reset of their second factor.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use secrecy::SecretString;

use super::reset_link::LinkOver;
use crate::app::App;
use crate::flows::{Browser, reset_factor};
use crate::paths;
use crate::text::{errors, notices};
use crate::web::access::Visitor;
use crate::web::answer::{ok, page, see_other};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/keep_factor.html")]
struct KeepFactorPage {
    shell: Shell,
    action: String,
}

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    match reset_factor::is_open(&app, &token).await? {
        true => ok(&KeepFactorPage {
            shell: visitor.shell(&app),
            action: paths::keep_factor(&token),
        }),
        false => over(&app, &visitor),
    }
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Path(token): Path<SecretString>,
) -> Result<Response, PageError> {
    match reset_factor::stop(&app, &token, &browser).await? {
        true => Ok(see_other(paths::SIGN_IN)
            .with_success(notices::FACTOR_KEPT)
            .into_response()),
        false => over(&app, &visitor),
    }
}

fn over(app: &App, visitor: &Visitor) -> Result<Response, PageError> {
    let (heading, text) = errors::FACTOR_RESET_OVER;
    let template = LinkOver {
        shell: visitor.shell(app),
        heading,
        text,
        renew: None,
        form: FormState::default(),
    };
    page(StatusCode::GONE, &template)
}
