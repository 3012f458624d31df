//! `/handover/{token}`: the one task of a colleague without an account.

mod answer;
mod company;
mod details;
mod enter;
mod fix;
mod frame;
mod holder;
mod over;
mod page;
mod standing;
mod stuck;
mod tasks;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;
use crate::paths;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::HANDOVER, get(page::get))
        .route(paths::HANDOVER_DETAILS, post(details::post))
        .route(paths::HANDOVER_SIGN_IN, post(company::sign_in))
        .route(paths::HANDOVER_COMPANY, post(company::choose))
        .route(paths::HANDOVER_WAIT_FOR_APP, post(company::wait))
        .route(paths::HANDOVER_TASK, post(tasks::post))
        .route(paths::HANDOVER_CHECK, post(page::check))
        .route(paths::HANDOVER_DONE, post(answer::done))
        .route(paths::HANDOVER_CANNOT, post(answer::cannot))
        .route(paths::HANDOVER_RENEW, post(over::renew))
        .route(paths::HANDOVER_STUCK, get(stuck::get).post(stuck::post))
}
