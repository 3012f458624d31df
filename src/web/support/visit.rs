//! Leaving a firm's pages: the button in the banner.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::flows::visit;
use crate::identity::FirmId;
use crate::paths;
use crate::store::cases;
use crate::text::notices;
use crate::web::access::SupportAccess;
use crate::web::answer::see_other;
use crate::web::error::PageError;

/// Ends the visit, and leads back to the firm's case.
pub(super) async fn end(
    State(app): State<App>,
    support: SupportAccess,
    Path(firm): Path<FirmId>,
) -> Result<Response, PageError> {
    visit::end(&app, &support.at_case(firm)).await?;
    let mut conn = app.db.acquire().await?;
    let newest = cases::list_of_firm(&mut conn, firm)
        .await?
        .into_iter()
        .next();
    let to = match newest {
        Some(listed) => paths::case(listed.onboarding_id),
        None => paths::SUPPORT.to_owned(),
    };
    Ok(see_other(to)
        .with_success(notices::VISIT_ENDED)
        .into_response())
}
