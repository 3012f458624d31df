//! A person's own account.

mod device;
mod page;
mod password;
mod second_factor;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::paths;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::ACCOUNT, get(page::get).post(page::post))
        .route(
            paths::ACCOUNT_PASSWORD,
            get(password::get).post(password::post),
        )
        .route(
            paths::ACCOUNT_SECOND_FACTOR,
            get(second_factor::get).post(second_factor::begin),
        )
        .route(
            paths::ACCOUNT_SECOND_FACTOR_CONFIRM,
            post(second_factor::confirm),
        )
        .route(
            paths::ACCOUNT_SECOND_FACTOR_REMOVE,
            post(second_factor::remove),
        )
        .route(
            paths::ACCOUNT_SIGN_OUT_EVERYWHERE,
            post(page::sign_out_everywhere),
        )
        .route(paths::END_SESSION, post(page::end_session))
}
