//! The console of support people.

mod mail;

use axum::Router;
use axum::routing::get;

use super::access::SupportAccess;
use super::answer::{SeeOther, see_other};
use super::paths;
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT, get(home))
        .route(paths::SUPPORT_MAIL, get(mail::list))
        .route("/support/mail/{mail}", get(mail::one))
}

/// Where a support person begins.
async fn home(_: SupportAccess) -> SeeOther {
    see_other(paths::SUPPORT_MAIL)
}
