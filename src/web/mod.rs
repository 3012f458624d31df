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
mod front;
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

pub use front::Front;

use axum::Router;

use crate::app::App;

/// What answers people and Procore.
pub fn front(app: App) -> Front {
    front_with(app, Router::new())
}

/// The same with further routes inside the same layers.
pub(crate) fn front_with(app: App, pages: Router<App>) -> Front {
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
    Front::new(app, routes)
}
