//! Signing in and out, invitations, forgotten passwords.

mod sign_in;
mod sign_out;

use axum::Router;
use axum::routing::{get, post};

use super::paths;
use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::SIGN_IN, get(sign_in::get).post(sign_in::post))
        .route(paths::SIGN_OUT, post(sign_out::post))
}
