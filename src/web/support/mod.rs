//! The console of support people.

mod case;
mod mail;
mod new_firm;
mod overview;
mod queue;
mod reason;
mod staff;
mod visit;

use axum::Router;
use axum::routing::{get, post};

use super::paths;
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT, get(queue::get))
        .route(paths::SUPPORT_EXPORT, get(queue::export))
        .route(paths::SUPPORT_OVERVIEW, get(overview::get))
        .route(paths::SUPPORT_MAIL, get(mail::list))
        .route("/support/mail/{mail}", get(mail::one))
        .route(
            paths::SUPPORT_NEW_FIRM,
            get(new_firm::get).post(new_firm::post),
        )
        .route("/support/firms/{firm}/visit/end", post(visit::end))
        .merge(case::routes())
        .merge(staff::routes())
}
