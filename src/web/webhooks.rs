//! `POST /webhooks/procore/{token}`: receives events from Procore.
//!
//! A delivery comes from a program: it has no session and proves itself by its `Authorization`
//! value, so the layer that refuses other sites' forms leaves this address alone.

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use secrecy::SecretString;

use crate::app::App;
use crate::flows::receive_event::{self, Receipt};
use crate::paths;

/// Events hold ids only; the newest payload version may carry some data of the record later.
const LARGEST_EVENT: usize = 256 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route(paths::WEBHOOK, post(receive))
        .layer(DefaultBodyLimit::max(LARGEST_EVENT))
}

/// Answers 204 only once the event is stored. Anything else makes Procore repeat the delivery
/// and hold back later events for 12 hours; so an event that no retry would fix is accepted, too.
async fn receive(
    State(app): State<App>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> StatusCode {
    let endpoint = SecretString::from(endpoint);
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization
        .and_then(|value| value.to_str().ok())
        .map(SecretString::from);
    let body = match body {
        Ok(body) => Some(body),
        Err(BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_))) => None,
        Err(broken) => return broken.status(),
    };
    match receive_event::run(&app, &endpoint, authorization.as_ref(), body.as_deref()).await {
        Ok(Receipt::Stored | Receipt::Known) => StatusCode::NO_CONTENT,
        Ok(Receipt::Unreadable) => {
            tracing::error!("Procore delivered what we cannot read; it is not kept");
            StatusCode::NO_CONTENT
        }
        Ok(Receipt::NoSuchAddress) => StatusCode::NOT_FOUND,
        Ok(Receipt::WrongAuthorization) => StatusCode::UNAUTHORIZED,
        Err(error) => {
            tracing::error!(
                "An event could not be stored: {:#}",
                anyhow::Error::from(error)
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
