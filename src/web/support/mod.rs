//! The console of support people.

mod case;
mod mail;
mod queue;
mod reason;

use axum::Router;
use axum::routing::get;

use super::paths;
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT, get(queue::get))
        .route(paths::SUPPORT_MAIL, get(mail::list))
        .route("/support/mail/{mail}", get(mail::one))
        .merge(case::routes())
}
