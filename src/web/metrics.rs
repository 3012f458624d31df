//! `/metrics` on an address of its own, beside the health checks.

use axum::Router;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use super::health;
use crate::app::App;
use crate::paths;
use crate::store::{StoreError, gauges};
use crate::telemetry::metrics::{self, PrometheusHandle};

/// The routes on the separate address, which is a worker's only one.
pub(crate) fn router(app: App, recorder: PrometheusHandle) -> Router {
    let metrics = get(show).with_state((app.clone(), recorder));
    health::routes()
        .with_state(app)
        .route(paths::METRICS, metrics)
}

async fn show(State((app, recorder)): State<(App, PrometheusHandle)>) -> impl IntoResponse {
    metrics::events_waiting(app.deliveries.waiting());
    // This process's own counters are shown even while the database is down.
    if let Err(error) = look(&app).await {
        let error = anyhow::Error::from(error);
        tracing::warn!("The queue and stalled onboardings were not counted: {error:#}");
    }
    recorder.run_upkeep();
    let kind = [(
        header::CONTENT_TYPE,
        "text/plain; version=0.0.4; charset=utf-8",
    )];
    (kind, recorder.render())
}

/// Gauges that are read from the database.
async fn look(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut conn = app.db.acquire().await?;
    let queue = gauges::queue(&mut conn, now).await?;
    metrics::queue(queue.jobs, queue.oldest);
    let before = now - app.config.stall_after;
    metrics::stalled(gauges::stalled(&mut conn, before).await?);
    Ok(())
}
