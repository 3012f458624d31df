//! Signing in and out, invitations, forgotten passwords.

mod code;
mod invitation;
mod reset;
mod reset_link;
mod sign_in;
mod sign_out;

use axum::Router;
use axum::routing::{get, post};

use super::paths;
use crate::app::App;

pub use sign_in::{wait_until, welcome};

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SIGN_IN, get(sign_in::get).post(sign_in::post))
        .route(paths::SIGN_IN_CODE, get(code::get).post(code::post))
        .route(paths::SIGN_OUT, post(sign_out::post))
        .route(
            "/invitations/{token}",
            get(invitation::get).post(invitation::post),
        )
        .route("/invitations/{token}/renew", post(invitation::renew))
        .route(paths::RESET, get(reset::get).post(reset::post))
        .route(
            "/reset/{token}",
            get(reset_link::get).post(reset_link::post),
        )
        .route("/reset/{token}/renew", post(reset_link::renew))
}
