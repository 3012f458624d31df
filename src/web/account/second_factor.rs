//! `/account/second-factor`: for support people the first thing after the first password.

use anyhow::Context;
use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use qrcode::QrCode;
use qrcode::render::svg;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::fail_unproven;
use crate::app::App;
use crate::flows::set_up_second_factor::{
    self as flow, BeginProof, Confirmed, Enrolment, SecondFactorState,
};
use crate::flows::{Browser, Error};
use crate::paths;
use crate::store::sessions::SessionStanding;
use crate::text::{forms, notices, pages};
use crate::web::access::HalfWay;
use crate::web::answer::{ok, page, refused, see_other};
use crate::web::auth::wait_until;
use crate::web::cookie;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "account/second_factor.html")]
struct SecondFactorPage {
    shell: Shell,
    form: FormState,
    /// Why one is needed, where it is.
    needed: Option<&'static str>,
    shows: Shows,
}

enum Shows {
    /// Where a password is asked for before one is set up.
    Off {
        asks_password: bool,
    },
    Begun {
        picture: String,
        secret: String,
    },
    /// The first code again: the secret was shown.
    Code,
    On {
        codes_left: i64,
    },
}

#[derive(Template)]
#[template(path = "account/recovery_codes.html")]
struct RecoveryCodes {
    shell: Shell,
    codes: Vec<String>,
}

#[derive(Deserialize)]
pub(crate) struct Code {
    #[serde(default)]
    code: SecretString,
}

#[derive(Deserialize)]
pub(crate) struct Password {
    #[serde(default)]
    password: SecretString,
}

pub(super) async fn get(State(app): State<App>, person: HalfWay) -> Result<Response, PageError> {
    no_code_to_come(&person)?;
    ok(&show(&app, &person, FormState::default()).await?)
}

pub(super) async fn begin(
    State(app): State<App>,
    person: HalfWay,
    browser: Browser,
    Form(input): Form<Password>,
) -> Result<Response, PageError> {
    no_code_to_come(&person)?;
    let mut form = FormState::default();
    let proof = if person.session.is_signing_in(app.clock.now()) {
        BeginProof::SigningIn
    } else if input.password.expose_secret().is_empty() {
        form.fail("password", forms::PASSWORD);
        return refused(&show(&app, &person, form).await?);
    } else {
        BeginProof::Password(input.password)
    };
    match flow::begin(&app, &person.actor, &proof, &browser).await {
        // The secret is shown once, so this answers with the page and does not redirect.
        Ok(enrolment) => {
            let shows = Shows::Begun {
                picture: picture(&enrolment)?,
                secret: in_groups(enrolment.secret.expose_secret()),
            };
            ok(&with(&app, &person, form, shows))
        }
        Err(Error::Unproven(why)) => {
            fail_unproven(&app, &mut form, "password", why, forms::WRONG_PASSWORD);
            refused(&show(&app, &person, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

pub(super) async fn confirm(
    State(app): State<App>,
    person: HalfWay,
    browser: Browser,
    Form(input): Form<Code>,
) -> Result<Response, PageError> {
    no_code_to_come(&person)?;
    let mut form = FormState::default();
    match flow::confirm(&app, &person.actor, &input.code, &browser).await? {
        Confirmed::On {
            opened,
            recovery_codes,
        } => {
            let template = RecoveryCodes {
                shell: person.shell(&app),
                codes: recovery_codes
                    .iter()
                    .map(|code| code.expose_secret().to_owned())
                    .collect(),
            };
            // The codes are shown once, so this answers with the page and does not redirect.
            let shown = page(http::StatusCode::OK, &template)?;
            return Ok((cookie::signed_in(&app, &opened), shown).into_response());
        }
        Confirmed::WrongCode => form.fail("code", forms::WRONG_CODE),
        Confirmed::Wait(until) => form.fail("code", wait_until(&app, until)),
    }
    refused(&with(&app, &person, form, Shows::Code))
}

pub(super) async fn remove(
    State(app): State<App>,
    person: HalfWay,
    browser: Browser,
    Form(input): Form<Password>,
) -> Result<Response, PageError> {
    no_code_to_come(&person)?;
    match flow::remove(&app, &person.actor, &input.password, &browser).await {
        Ok(opened) => {
            let answer =
                see_other(paths::ACCOUNT_SECOND_FACTOR).with_success(notices::SECOND_FACTOR_OFF);
            Ok((cookie::signed_in(&app, &opened), answer).into_response())
        }
        Err(Error::Unproven(why)) => {
            let mut form = FormState::default();
            fail_unproven(&app, &mut form, "password", why, forms::WRONG_PASSWORD);
            refused(&show(&app, &person, form).await?)
        }
        Err(error) => Err(error.into()),
    }
}

/// Anyone who has a second factor must pass it first: it could be replaced here.
fn no_code_to_come(person: &HalfWay) -> Result<(), PageError> {
    match person.session.standing() {
        SessionStanding::SignedIn | SessionStanding::NeedsEnrolment => Ok(()),
        SessionStanding::NeedsCode => Err(PageError::NeedsCode {
            next: paths::ACCOUNT_SECOND_FACTOR.to_owned(),
        }),
    }
}

async fn show(app: &App, person: &HalfWay, form: FormState) -> Result<SecondFactorPage, PageError> {
    let shows = match flow::look(app, &person.actor).await? {
        SecondFactorState::Off => Shows::Off {
            asks_password: !person.session.is_signing_in(app.clock.now()),
        },
        SecondFactorState::On {
            recovery_codes_left: codes_left,
        } => Shows::On { codes_left },
    };
    Ok(with(app, person, form, shows))
}

fn with(app: &App, person: &HalfWay, form: FormState, shows: Shows) -> SecondFactorPage {
    SecondFactorPage {
        shell: person.shell(app),
        form,
        needed: match (person.session.support_role, person.session.needs_factor) {
            (Some(_), _) => Some(pages::FACTOR_NEEDED_BY_SUPPORT),
            (None, true) => Some(pages::FACTOR_NEEDED_BY_FIRM),
            (None, false) => None,
        },
        shows,
    }
}

/// The QR code for the authenticator app.
fn picture(enrolment: &Enrolment) -> Result<String, PageError> {
    let code = QrCode::new(enrolment.uri.expose_secret()).context("the QR code is too long")?;
    let drawing = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    // The XML declaration has no place inside a page.
    let start = drawing.find("<svg").unwrap_or_default();
    Ok(drawing[start..].to_owned())
}

/// Groups of four are easier to type.
fn in_groups(secret: &str) -> String {
    let chars: Vec<char> = secret.chars().collect();
    let groups: Vec<String> = chars
        .chunks(4)
        .map(|group| group.iter().collect())
        .collect();
    groups.join(" ")
}
