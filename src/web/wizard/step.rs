//! The extractor for the steps of the setup.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::{handed, to_missing_step};
use crate::app::App;
use crate::onboarding::Stage;
use crate::web::access::FirmAccess;
use crate::web::answer::SeeOther;
use crate::web::error::PageError;

/// One step of the setup.
pub(crate) trait WizardStep {
    const STAGE: Stage;
}

/// Access to a firm at a step that may be shown. A step ahead of the saved progress redirects to the
/// one that is missing.
pub(crate) struct StepAccess<S>(pub FirmAccess, pub PhantomData<S>);

/// Why the page of a step is not shown.
pub(crate) enum StepRejection {
    NoAccess(PageError),
    Missing(SeeOther),
}

impl IntoResponse for StepRejection {
    fn into_response(self) -> Response {
        match self {
            Self::NoAccess(error) => error.into_response(),
            Self::Missing(step) => step.into_response(),
        }
    }
}

impl From<PageError> for StepRejection {
    fn from(error: PageError) -> Self {
        Self::NoAccess(error)
    }
}

impl<S: WizardStep> FromRequestParts<App> for StepAccess<S> {
    type Rejection = StepRejection;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, StepRejection> {
        let mut access = FirmAccess::from_request_parts(parts, app).await?;
        access.waiting = handed::waiting(app, &access, &access.shell(app)).await?;
        match access.onboarding()?.onboarding.may_show(S::STAGE) {
            Ok(()) => Ok(Self(access, PhantomData)),
            Err(refused) => Err(StepRejection::Missing(to_missing_step(&access, refused))),
        }
    }
}
