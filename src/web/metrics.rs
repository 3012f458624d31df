//! `/metrics` on an address of its own, beside the health checks.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::health;
use crate::app::App;
use crate::telemetry::metrics::PrometheusHandle;

/// What is served on the separate address; a worker's only one.
pub fn router(app: App, recorder: PrometheusHandle) -> Router {
    let metrics = get(show).with_state(recorder);
    health::routes().with_state(app).route("/metrics", metrics)
}

async fn show(State(recorder): State<PrometheusHandle>) -> impl IntoResponse {
    recorder.run_upkeep();
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, recorder.render())
}
