//! `/support/staff`: who is support, for those who lead it. For everybody else there is no such page.

mod page;
mod remove;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::web::paths;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SUPPORT_STAFF, get(page::get).post(page::post))
        .route(
            "/support/staff/{person}/remove",
            get(remove::get).post(remove::post),
        )
        .route(
            "/support/staff/invitations/{link}/revoke",
            post(page::revoke),
        )
        .route(
            "/support/staff/invitations/{link}/resend",
            post(page::resend),
        )
}
