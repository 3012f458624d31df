//! Who may act for a firm, who is reminded, and what support may do.

mod page;
mod reminders;
mod remove;
mod reset_factor;
mod second_factor;
mod support_access;

use axum::Router;
use axum::routing::{get, post};

pub(super) use support_access::why_not_told;

use crate::app::App;
use crate::paths;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::PEOPLE, get(page::get).post(page::post))
        .route(
            paths::RESET_FACTOR,
            get(reset_factor::get).post(reset_factor::post),
        )
        .route(paths::REQUIRE_SECOND_FACTOR, post(second_factor::post))
        .route(paths::REMOVE_MEMBER, get(remove::get).post(remove::post))
        .route(paths::SUPPORT_ACCESS, get(support_access::get))
        .route(paths::GIVE_CONSENT, post(support_access::give))
        .route(paths::WITHDRAW_CONSENT, post(support_access::withdraw))
        .route(paths::STOP_REMINDERS, post(reminders::stop))
        .route(paths::RESUME_REMINDERS, post(reminders::resume))
        .route(paths::REVOKE_INVITATION, post(page::revoke))
        .route(paths::RESEND_INVITATION, post(page::resend))
}
