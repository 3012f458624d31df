//! HTTP in, HTML out.

pub mod assets;
pub mod form;
pub mod health;
pub mod metrics;
pub mod styleguide;
pub mod view;

use axum::Router;

use crate::app::App;

/// Everything that people and Procore reach.
pub fn router(app: App) -> Router {
    health::routes().with_state(app)
}
