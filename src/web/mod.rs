//! HTTP in, HTML out.

pub mod access;
pub mod account;
pub mod answer;
pub mod assets;
pub mod auth;
mod browser;
mod client;
mod cookie;
pub mod error;
pub mod flash;
pub mod form;
pub mod frame;
mod handover;
pub mod health;
mod home;
mod integration;
mod layers;
pub mod metrics;
pub mod people;
mod reminders;
pub mod support;
pub mod view;
pub mod webhooks;
pub mod wizard;

use axum::Router;

use crate::app::App;

/// Everything that people and Procore reach.
pub fn router(app: App) -> Router {
    router_with(app, Router::new())
}

/// The same with further pages of the caller's, inside the same layers.
pub fn router_with(app: App, pages: Router<App>) -> Router {
    let routes = Router::new()
        .merge(account::routes())
        .merge(assets::routes())
        .merge(auth::routes())
        .merge(handover::routes())
        .merge(health::routes())
        .merge(integration::routes())
        .merge(webhooks::routes())
        .merge(wizard::routes())
        .merge(home::routes())
        .merge(people::routes())
        .merge(reminders::routes())
        .merge(support::routes())
        .merge(pages)
        .fallback(error::missing);
    layers::around(routes, &app).with_state(app)
}
