//! The Procore details that a colleague enters.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::Form;

use super::frame::{Refusals, back_to_page};
use super::holder::Holder;
use super::page::show;
use crate::app::App;
use crate::flows::submit_credentials::{self, ClientSecretError, SubmitError};
use crate::flows::{Error, Seen, start_checks};
use crate::onboarding::CheckPurpose;
use crate::text::hand_over::CHANGED;
use crate::web::error::PageError;
use crate::web::form::FormState;
use crate::web::wizard::details::DetailsInput;

/// Saves the details and starts checking them.
pub(super) async fn post(
    State(app): State<App>,
    holder: Holder,
    Form(input): Form<DetailsInput>,
) -> Result<Response, PageError> {
    let (mut form, details) = input.parse(&app);
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
        Ok(_) => {}
        Err(SubmitError::SecretMissing) => {
            form.fail("client_secret", ClientSecretError::Missing.to_string());
            return show(&app, &holder, refused(form)).await;
        }
        Err(SubmitError::Flow(Error::Stale)) => {
            return Ok(holder.back().with_message(CHANGED).into_response());
        }
        Err(SubmitError::Flow(error)) => return back_to_page(&holder, Err(error)),
    }
    let purpose = CheckPurpose::Verify;
    let started = start_checks::run(&app, &actor, onboarding.id, purpose, Vec::new()).await;
    back_to_page(&holder, started.map(drop))
}

fn refused(form: FormState) -> Refusals {
    Refusals {
        details: Some(form),
        answer: FormState::default(),
    }
}
