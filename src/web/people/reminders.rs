//! Stops the reminders of a stalled setup, or turns them on again.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::reminders;
use crate::paths;
use crate::text::notices;
use crate::web::access::FirmAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;

pub(super) async fn stop(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    reminders::set(&app, &access.actor, false).await?;
    Ok(see_other(paths::people(access.firm.id))
        .with_success(notices::REMINDERS_STOPPED)
        .into_response())
}

pub(super) async fn resume(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    reminders::set(&app, &access.actor, true).await?;
    Ok(see_other(paths::people(access.firm.id))
        .with_success(notices::REMINDERS_ON)
        .into_response())
}
