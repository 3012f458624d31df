//! Signing in and out, invitations, forgotten passwords.

mod code;
mod invitation;
mod keep_factor;
mod reset;
mod reset_link;
mod sign_in;
mod sign_out;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::paths;

pub(super) use sign_in::wait_until;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::SIGN_IN, get(sign_in::get).post(sign_in::post))
        .route(paths::SIGN_IN_CODE, get(code::get).post(code::post))
        .route(paths::SIGN_OUT, post(sign_out::post))
        .route(
            paths::INVITATION,
            get(invitation::get).post(invitation::post),
        )
        .route(paths::RENEW_INVITATION, post(invitation::renew))
        .route(paths::RESET, get(reset::get).post(reset::post))
        .route(
            paths::RESET_LINK,
            get(reset_link::get).post(reset_link::post),
        )
        .route(
            paths::KEEP_FACTOR,
            get(keep_factor::get).post(keep_factor::post),
        )
        .route(paths::RENEW_RESET_LINK, post(reset_link::renew))
}
