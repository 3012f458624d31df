//! Who may act for a firm, who is reminded, and what support may do.

mod page;
mod reminders;
mod remove;
mod support_access;

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
        .route("/firms/{firm}/support", get(support_access::get))
        .route("/firms/{firm}/support/consent", post(support_access::give))
        .route(
            "/firms/{firm}/support/withdraw",
            post(support_access::withdraw),
        )
        .route("/firms/{firm}/reminders/stop", post(reminders::stop))
        .route("/firms/{firm}/reminders/resume", post(reminders::resume))
        .route(
            "/firms/{firm}/invitations/{link}/revoke",
            post(page::revoke),
        )
        .route(
            "/firms/{firm}/invitations/{link}/resend",
            post(page::resend),
        )
}
