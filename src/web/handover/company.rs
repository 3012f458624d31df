//! A colleague signs in with Procore and chooses the company.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::frame::{Refusals, back_to_page};
use super::holder::Holder;
use super::page::show;
use crate::app::App;
use crate::connection::AccessWay;
use crate::flows::procore_sign_in::choose::ChooseError;
use crate::flows::procore_sign_in::{self, choose, install};
use crate::flows::{Error, Seen};
use crate::store::sign_ins::SignInHolder;
use crate::text::hand_over::CHANGED;
use crate::text::vendor::{CHOOSE, WAITING};
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::procore_sign_in::{SignInForm, depart};
use crate::web::wizard::details::blank;
use crate::web::wizard::vendor::{UseCompanyForm, WaitForm, mistake};

/// *Sign in with Procore*.
pub(super) async fn sign_in(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<SignInForm>,
) -> Result<Response, PageError> {
    let (actor, task) = (holder.actor(), &holder.held.hand_over);
    if !holder.held.state.is_open() {
        return Ok(holder.back().into_response());
    }
    let of_link = SignInHolder::HandOver(task.id);
    let (id, environment) = (task.onboarding_id, input.environment.as_str());
    let departure = procore_sign_in::start(&app, &actor, of_link, id, environment).await?;
    Ok(depart(&app, &departure, Some(&holder.token)))
}

/// *Use this company*.
pub(super) async fn choose(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<UseCompanyForm>,
) -> Result<Response, PageError> {
    if app.config.vendor_apps.is_empty() {
        return Err(PageError::Missing); // no page offers it
    }
    let onboarding = &holder.held.stored.onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    let of_link = SignInHolder::HandOver(holder.held.hand_over.id);
    let Ok(company) = input.company.parse() else {
        return show(&app, &holder, refused(&app, &holder, CHOOSE)).await;
    };
    match choose::run(
        &app,
        &holder.actor(),
        (of_link, &holder.browser),
        seen,
        company,
    )
    .await
    {
        Ok(_) => back_to_page(&holder, Ok(())),
        Err(ChooseError::Flow(Error::Stale)) => {
            Ok(holder.back().with_message(CHANGED).into_response())
        }
        Err(ChooseError::Flow(error)) => back_to_page(&holder, Err(error)),
        Err(error) => {
            let text = mistake(&error).unwrap_or_default();
            show(&app, &holder, refused(&app, &holder, text)).await
        }
    }
}

/// *Tell me when it is installed*.
pub(super) async fn wait(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<WaitForm>,
) -> Result<Response, PageError> {
    if app.config.vendor_apps.is_empty() {
        return Err(PageError::Missing); // no page offers it
    }
    let company = match input.company(&app) {
        Ok(company) => company,
        Err(mistake) => {
            let text = mistake.error("waiting_company").unwrap_or_default();
            let mut refusals = failed(&app, &holder, "waiting_company", text);
            if let Some(form) = &mut refusals.details {
                form.set("waiting_company", mistake.value("waiting_company"));
            }
            return show(&app, &holder, refusals).await;
        }
    };
    let onboarding = &holder.held.stored.onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    let actor = holder.actor();
    match install::wait(&app, &actor, seen, &input.environment, company).await {
        Ok(()) => Ok(holder.back().with_success(WAITING).into_response()),
        Err(error) => back_to_page(&holder, Err(error)),
    }
}

fn refused(app: &App, holder: &Holder, text: &'static str) -> Refusals {
    failed(app, holder, "company", text)
}

fn failed(app: &App, holder: &Holder, field: &'static str, text: &str) -> Refusals {
    let way = Some(AccessWay::VendorApp);
    let mut form = blank(app, &holder.held.stored, way, "");
    form.fail(field, text.to_owned());
    Refusals {
        details: Some(form),
        answer: FormState::default(),
    }
}
