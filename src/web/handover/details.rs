//! The Procore details that a colleague enters.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::enter;
use super::frame::{Refusals, back_to_page};
use super::holder::Holder;
use super::page::show;
use crate::app::App;
use crate::flows::submit_credentials::{self, ClientSecretError, SubmitError};
use crate::flows::{Error, Seen};
use crate::text::hand_over::CHANGED;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::wizard::details::DetailsInput;

/// Saves the details, which starts checking them.
pub(super) async fn post(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<DetailsInput>,
) -> Result<Response, PageError> {
    let own = enter::own(&app, &holder).await?;
    let client = own.as_ref().map(|own| own.client_id.as_str());
    let (mut form, details) = input.parse(&app, client);
    let Some(details) = details else {
        return show(&app, &holder, refused(form)).await;
    };
    let onboarding = &holder.held.stored.onboarding;
    let seen = Seen {
        onboarding_id: onboarding.id,
        version: onboarding.version,
    };
    let actor = holder.actor();
    match submit_credentials::run(&app, &actor, seen, &details).await {
        Ok(_) => back_to_page(&holder, Ok(())),
        Err(SubmitError::SecretMissing) => {
            form.fail("client_secret", ClientSecretError::Missing.to_string());
            show(&app, &holder, refused(form)).await
        }
        Err(SubmitError::Flow(Error::Stale)) => {
            Ok(holder.back().with_message(CHANGED).into_response())
        }
        Err(SubmitError::Flow(error)) => back_to_page(&holder, Err(error)),
    }
}

fn refused(form: FormState) -> Refusals {
    Refusals {
        details: Some(form),
        answer: FormState::default(),
    }
}
