//! The console of support people.

mod app;
mod case;
mod mail;
mod new_firm;
mod overview;
mod queue;
mod reason;
mod remove_firm;
mod staff;
mod visit;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};

use crate::app::App;
use crate::paths;
use crate::web::access::SupportAccess;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT, get(queue::get))
        .route(paths::SUPPORT_EXPORT, get(queue::export))
        .route(paths::SUPPORT_TICKED, post(queue::ticked))
        .route(paths::SUPPORT_OVERVIEW, get(overview::get))
        .route(paths::SUPPORT_APP, get(app::get))
        .route(paths::SUPPORT_MAIL, get(mail::list))
        .route(paths::MAIL, get(mail::one))
        .route(paths::SEND_MAIL_AGAIN, get(mail::ask).post(mail::again))
        .route(
            paths::SUPPORT_NEW_FIRM,
            get(new_firm::get).post(new_firm::post),
        )
        .route(
            paths::REMOVE_FIRM,
            get(remove_firm::get).post(remove_firm::post),
        )
        .route(paths::END_VISIT, post(visit::end))
        .merge(case::routes())
        .merge(staff::routes())
        .method_not_allowed_fallback(wrong_method)
}

/// A wrong method says that there is such an address, so only support is told.
async fn wrong_method(_: SupportAccess) -> StatusCode {
    StatusCode::METHOD_NOT_ALLOWED
}
