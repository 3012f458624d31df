//! The buttons of the overview that change what the connection does.

use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::{pause_connection, reconnect, resume_connection, sync_connection};
use crate::paths;
use crate::web::access::FirmAccess;
use crate::web::answer::{SeeOther, see_other};
use crate::web::error::PageError;

/// *Pause*.
pub(super) async fn pause(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    pause_connection::run(&app, &access.actor, onboarding).await?;
    Ok(back(&access).into_response())
}

/// *Resume*.
pub(super) async fn resume(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    resume_connection::run(&app, &access.actor, onboarding).await?;
    Ok(back(&access).into_response())
}

/// *Sync now*.
pub(super) async fn sync_now(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    sync_connection::run(&app, &access.actor, onboarding).await?;
    Ok(back(&access).into_response())
}

/// *Reconnect*.
pub(super) async fn post_reconnect(
    State(app): State<App>,
    access: FirmAccess,
) -> Result<Response, PageError> {
    let onboarding = access.onboarding()?.onboarding.id;
    reconnect::run(&app, &access.actor, onboarding).await?;
    Ok(back(&access).into_response())
}

fn back(access: &FirmAccess) -> SeeOther {
    see_other(paths::integration(access.firm.id))
}
