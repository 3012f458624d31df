//! `/handover/{token}`: the one task of a colleague without an account.

mod answer;
mod enter;
mod holder;
mod mend;
mod over;
mod page;
mod stuck;

use axum::Router;
use axum::routing::{get, post};

use crate::app::App;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/handover/{token}", get(page::get))
        .route("/handover/{token}/details", post(enter::post))
        .route("/handover/{token}/check", post(page::check))
        .route("/handover/{token}/done", post(answer::done))
        .route("/handover/{token}/cannot", post(answer::cannot))
        .route("/handover/{token}/renew", post(over::renew))
        .route(
            "/handover/{token}/not-found",
            get(stuck::get).post(stuck::post),
        )
}
