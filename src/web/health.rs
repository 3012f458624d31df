//! `/healthz` and `/readyz`, for operators and their load balancers.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use crate::app::App;
use crate::paths;
use crate::store::migrate::{self, MigrateError, SchemaState};

/// Both answer with one line of text and need no session.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::HEALTH, get(healthz))
        .route(paths::READINESS, get(readyz))
}

/// Liveness: checks nothing that the process depends on.
async fn healthz() -> Response {
    line(StatusCode::OK, "alive")
}

/// Readiness: the database can be reached and has a schema that this release can use. A newer schema
/// counts as ready, since this release keeps running while the next one migrates.
async fn readyz(State(app): State<App>) -> Response {
    match app.db.retried(|| schema(&app)).await {
        Ok(SchemaState::Current) => line(StatusCode::OK, "ready"),
        Ok(SchemaState::Ahead { .. }) => line(StatusCode::OK, "ready; the schema is newer"),
        Ok(SchemaState::Behind { .. }) => line(
            StatusCode::SERVICE_UNAVAILABLE,
            "not ready: the schema is older than this release; run `concierge migrate`",
        ),
        Err(error) => {
            tracing::warn!("Not ready: {:#}", anyhow::Error::from(error));
            line(
                StatusCode::SERVICE_UNAVAILABLE,
                "not ready: the database does not answer",
            )
        }
    }
}

async fn schema(app: &App) -> Result<SchemaState, MigrateError> {
    migrate::state(&mut *app.db.acquire().await?).await
}

fn line(status: StatusCode, text: &'static str) -> Response {
    let headers = [(header::CACHE_CONTROL, "no-store")];
    (status, headers, format!("{text}\n")).into_response()
}
