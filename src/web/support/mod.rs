//! The console of support people.

mod mail;
mod queue;

use axum::Router;
use axum::routing::get;

use super::paths;
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT, get(queue::get))
        .route(paths::SUPPORT_MAIL, get(mail::list))
        .route("/support/mail/{mail}", get(mail::one))
}
