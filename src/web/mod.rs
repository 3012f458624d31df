//! HTTP in, HTML out.

mod access;
mod account;
pub mod answer;
mod assets;
mod auth;
mod browser;
mod client;
mod cookie;
pub mod error;
mod flash;
pub mod form;
pub mod frame;
mod handover;
mod health;
mod home;
mod host;
mod integration;
mod layers;
pub(crate) mod metrics;
mod people;
mod procore_sign_in;
mod redirect;
mod reminders;
mod removal;
pub(crate) mod server;
mod sheet;
mod support;
mod upload;
pub mod view;
mod webhooks;
mod wizard;

use axum::Router;

use crate::app::App;

/// The routes for people and for Procore.
pub fn router(app: App) -> Router {
    router_with(app, Router::new())
}

/// The same with further routes inside the same layers.
pub(crate) fn router_with(app: App, pages: Router<App>) -> Router {
    let routes = Router::new()
        .merge(account::routes())
        .merge(assets::routes())
        .merge(auth::routes())
        .merge(handover::routes())
        .merge(health::routes())
        .merge(integration::routes())
        .merge(wizard::routes())
        .merge(home::routes())
        .merge(people::routes())
        .merge(procore_sign_in::routes())
        .merge(reminders::routes())
        .merge(support::routes())
        .merge(pages)
        .fallback(error::missing);
    layers::around(routes, webhooks::routes(), &app).with_state(app)
}
