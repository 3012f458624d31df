//! `/account/sessions/{session}/end` and `/account/sign-out-everywhere`: ask for the password first.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::fail_unproven;
use crate::app::App;
use crate::flows::{Browser, Error, sign_out};
use crate::identity::SessionId;
use crate::paths;
use crate::store::sessions;
use crate::text::{device, forms, notices, pages};
use crate::web::access::SignedIn;
use crate::web::answer::{ok, refused, see_other};
use crate::web::cookie;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::view::Shell;

#[derive(Template)]
#[template(path = "account/sign_out.html")]
struct SignOutPage {
    shell: Shell,
    form: FormState,
    heading: String,
    text: &'static str,
    action: String,
}

#[derive(Deserialize)]
pub(crate) struct SignOutForm {
    #[serde(default)]
    password: SecretString,
}

pub(super) async fn ask_elsewhere(
    State(app): State<App>,
    person: SignedIn,
    Path(session): Path<SessionId>,
) -> Result<Response, PageError> {
    ok(&one(&app, &person, session, FormState::default()).await?)
}

pub(super) async fn elsewhere(
    State(app): State<App>,
    person: SignedIn,
    browser: Browser,
    Path(session): Path<SessionId>,
    Form(input): Form<SignOutForm>,
) -> Result<Response, PageError> {
    // Somebody else's is not found, even with the right password.
    let page = one(&app, &person, session, FormState::default()).await?;
    let form = match typed(&input) {
        Ok(password) => {
            match sign_out::elsewhere(&app, &person.actor, session, password, &browser).await {
                Ok(()) => {
                    return Ok(see_other(paths::ACCOUNT)
                        .with_success(notices::DEVICE_SIGNED_OUT)
                        .into_response());
                }
                Err(error) => explained(&app, error)?,
            }
        }
        Err(form) => form,
    };
    refused(&SignOutPage { form, ..page })
}

pub(super) async fn ask_everywhere(
    State(app): State<App>,
    person: SignedIn,
) -> Result<Response, PageError> {
    ok(&all(&app, &person, FormState::default()))
}

pub(super) async fn everywhere(
    State(app): State<App>,
    person: SignedIn,
    browser: Browser,
    Form(input): Form<SignOutForm>,
) -> Result<Response, PageError> {
    let form = match typed(&input) {
        Ok(password) => match sign_out::everywhere(&app, &person.actor, password, &browser).await {
            Ok(()) => {
                let answer = see_other(paths::SIGN_IN).with_success(notices::SIGNED_OUT_EVERYWHERE);
                return Ok((cookie::drop_session(&app), answer).into_response());
            }
            Err(error) => explained(&app, error)?,
        },
        Err(form) => form,
    };
    refused(&all(&app, &person, form))
}

fn typed(input: &SignOutForm) -> Result<&SecretString, FormState> {
    if input.password.expose_secret().is_empty() {
        let mut form = FormState::default();
        form.fail("password", forms::PASSWORD);
        return Err(form);
    }
    Ok(&input.password)
}

fn explained(app: &App, error: Error) -> Result<FormState, PageError> {
    let Error::Unproven(why) = error else {
        return Err(error.into());
    };
    let mut form = FormState::default();
    fail_unproven(app, &mut form, "password", why, forms::WRONG_PASSWORD);
    Ok(form)
}

async fn one(
    app: &App,
    person: &SignedIn,
    session: SessionId,
    form: FormState,
) -> Result<SignOutPage, PageError> {
    let mut conn = app.db.acquire().await?;
    let listed = sessions::list(&mut conn, person.session.person, app.clock.now()).await?;
    let listed = listed.into_iter().find(|it| it.session_id == session);
    let found = listed.ok_or(PageError::Missing)?;
    Ok(SignOutPage {
        shell: person.shell(app),
        form,
        heading: pages::sign_out_device(&device::in_words(found.user_agent.as_deref())),
        text: pages::SIGN_OUT_ONE,
        action: paths::end_session(session),
    })
}

fn all(app: &App, person: &SignedIn, form: FormState) -> SignOutPage {
    SignOutPage {
        shell: person.shell(app),
        form,
        heading: pages::SIGN_OUT_EVERYWHERE.to_owned(),
        text: pages::SIGN_OUT_ALL,
        action: paths::ACCOUNT_SIGN_OUT_EVERYWHERE.to_owned(),
    }
}
