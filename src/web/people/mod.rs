//! Who may act for a firm.

mod page;
mod remove;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/firms/{firm}/people", get(page::get).post(page::post))
        .route(
            "/firms/{firm}/people/{person}/remove",
            get(remove::get).post(remove::post),
        )
        .route(
            "/firms/{firm}/invitations/{link}/revoke",
            post(page::revoke),
        )
        .route(
            "/firms/{firm}/invitations/{link}/resend",
            post(page::resend),
        )
}
