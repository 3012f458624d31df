//! `/support/staff`: who is support, for those who lead it. For everybody else there is no such page.

mod page;
mod remove;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::paths;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT_STAFF, get(page::get).post(page::post))
        .route(paths::REMOVE_SUPPORT, get(remove::get).post(remove::post))
        .route(paths::REVOKE_SUPPORT_INVITATION, post(page::revoke))
        .route(paths::RESEND_SUPPORT_INVITATION, post(page::resend))
}
