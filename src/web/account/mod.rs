//! A person's own account.

mod page;
mod password;
mod second_factor;
mod sign_out;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::flows::Unproven;
use crate::paths;
use crate::web::auth::wait_until;
use crate::web::form::FormState;

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
            get(sign_out::ask_everywhere).post(sign_out::everywhere),
        )
        .route(
            paths::END_SESSION,
            get(sign_out::ask_elsewhere).post(sign_out::elsewhere),
        )
}

/// Says at a password's field why it proves nothing; `wrong` is what to say of a wrong one.
fn fail_unproven(
    app: &App,
    form: &mut FormState,
    field: &'static str,
    why: Unproven,
    wrong: &'static str,
) {
    match why {
        Unproven::WrongPassword => form.fail(field, wrong),
        Unproven::Wait(until) => form.fail(field, wait_until(app, until)),
    }
}
