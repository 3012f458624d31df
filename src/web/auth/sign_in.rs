//! `/sign-in`.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::app::App;
use crate::flows::sign_in::{self, SignInOutcome};
use crate::flows::{Browser, Opened};
use crate::identity::Email;
use crate::paths;
use crate::store::sessions::SessionStanding;
use crate::text::forms;
use crate::web::access::Visitor;
use crate::web::answer::{ok, refused, see_other};
use crate::web::client::PlainHttp;
use crate::web::cookie;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "auth/sign_in.html")]
struct SignInPage {
    shell: Shell,
    form: FormState,
    next: String,
    /// Where to go instead, if this was opened over plain http.
    https: Option<String>,
    /// Whether somebody asked for a page and was sent here instead.
    was_sent: bool,
}

/// Where to go afterwards.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Next {
    #[serde(default)]
    next: String,
}

impl Next {
    /// A local address, or the home page.
    pub(super) fn place(&self) -> &str {
        if paths::is_local(&self.next) {
            &self.next
        } else {
            paths::HOME
        }
    }
}

#[derive(Deserialize)]
pub(crate) struct SignInForm {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: SecretString,
}

impl SignInForm {
    fn parse(self) -> Result<(Email, SecretString), FormState> {
        let mut form = FormState::default().keep("email", self.email.trim());
        let email = form.check("email", Email::parse(&self.email));
        if self.password.expose_secret().is_empty() {
            form.fail("password", forms::PASSWORD);
        }
        match email {
            Some(email) if form.is_valid() => Ok((email, self.password)),
            Some(_) | None => Err(form),
        }
    }
}

pub(super) async fn get(
    State(app): State<App>,
    visitor: Visitor,
    PlainHttp(is_plain): PlainHttp,
    Query(next): Query<Next>,
) -> Result<Response, PageError> {
    if visitor.session.is_some() {
        return Ok(see_other(next.place()).into_response());
    }
    let mut page = show(&app, &visitor, &next, FormState::default());
    page.https = is_plain.then(|| app.config.public_url.to_string());
    ok(&page)
}

pub(super) async fn post(
    State(app): State<App>,
    visitor: Visitor,
    browser: Browser,
    Query(next): Query<Next>,
    Form(input): Form<SignInForm>,
) -> Result<Response, PageError> {
    let (email, password) = match input.parse() {
        Ok(parsed) => parsed,
        Err(form) => return refused(&show(&app, &visitor, &next, form)),
    };
    let mut form = FormState::default().keep("email", email.as_str());
    match sign_in::run(&app, &email, &password, &browser).await? {
        SignInOutcome::SignedIn(opened) => Ok(welcome(&app, &opened, next.place())),
        SignInOutcome::Refused => {
            form.fail("password", forms::SIGN_IN);
            refused(&show(&app, &visitor, &next, form))
        }
        SignInOutcome::Wait(until) => {
            form.fail("password", wait_until(&app, until));
            refused(&show(&app, &visitor, &next, form))
        }
    }
}

/// Sets the cookies and redirects to the second factor, if that is missing, or to `next`.
pub(crate) fn welcome(app: &App, opened: &Opened, next: &str) -> Response {
    let to = match opened.standing {
        SessionStanding::SignedIn => next.to_owned(),
        SessionStanding::NeedsCode => paths::with_next(paths::SIGN_IN_CODE, next),
        SessionStanding::NeedsEnrolment => paths::ACCOUNT_SECOND_FACTOR.to_owned(),
    };
    (cookie::signed_in(app, opened), see_other(to)).into_response()
}

/// Says how long to wait, without a clock: nobody knows their time zone yet.
pub(crate) fn wait_until(app: &App, until: DateTime<Utc>) -> String {
    let seconds = (until - app.clock.now()).num_seconds().max(1);
    forms::too_many_attempts(seconds.unsigned_abs())
}

fn show(app: &App, visitor: &Visitor, next: &Next, form: FormState) -> SignInPage {
    let place = next.place();
    SignInPage {
        shell: visitor.shell(app),
        https: None,
        was_sent: place != paths::HOME,
        next: paths::with_next("", place),
        form,
    }
}
