//! `POST /webhooks/procore/{endpoint}`: where Procore delivers.
//!
//! A delivery comes from a program: it has no session and proves itself by its `Authorization`
//! value, so the layer that refuses other sites' forms lets this address alone ([`PREFIX`]).

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use secrecy::SecretString;

use crate::app::App;
use crate::flows::receive_event::{self, Receipt};

/// What every address here begins with.
pub const PREFIX: &str = "/webhooks/procore/";

/// Events hold ids only; the newest payload version may carry some data of the record later.
const LARGEST_EVENT: usize = 256 * 1024;

pub fn routes() -> Router<App> {
    Router::new()
        .route("/webhooks/procore/{endpoint}", post(receive))
        .layer(DefaultBodyLimit::max(LARGEST_EVENT))
}

/// Answers 204 only once the event is stored. Anything else makes Procore repeat the delivery
/// and hold back what follows it, for 12 hours.
async fn receive(
    State(app): State<App>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let endpoint = SecretString::from(endpoint);
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization
        .and_then(|value| value.to_str().ok())
        .map(SecretString::from);
    match receive_event::run(&app, &endpoint, authorization.as_ref(), &body).await {
        Ok(Receipt::Stored | Receipt::Known) => StatusCode::NO_CONTENT,
        Ok(Receipt::NoSuchAddress) => StatusCode::NOT_FOUND,
        Ok(Receipt::WrongAuthorization) => StatusCode::UNAUTHORIZED,
        Ok(Receipt::NotAnEvent) => StatusCode::BAD_REQUEST,
        Err(error) => {
            tracing::error!(
                "An event could not be stored: {:#}",
                anyhow::Error::from(error)
            );
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}
