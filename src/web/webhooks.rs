//! `POST /webhooks/procore/{token}`: receives events from Procore.
//!
//! A delivery comes from a program: it has no session and proves itself by its `Authorization`
//! value, so the layer that refuses other sites' forms leaves this address alone.

use std::io::Read;

use axum::Router;
use axum::body::{Body, BodyDataStream};
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::post;
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use secrecy::SecretString;

use crate::app::App;
use crate::flows::receive_event::{self, Receipt};
use crate::paths;

/// Events hold ids only; the newest payload version may carry some data of the record later. Of a
/// larger body only so much is kept.
const LARGEST_EVENT: usize = 256 * 1024;
/// How a gzip body begins, whether or not the headers say so.
const GZIP: [u8; 2] = [0x1f, 0x8b];

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route(paths::WEBHOOK, post(receive))
        .layer(DefaultBodyLimit::disable())
}

/// Answers 204 only once the event is stored. Anything else makes Procore repeat the delivery
/// and hold back later events for 12 hours; so an event that no retry would fix is accepted, too.
async fn receive(
    State(app): State<App>,
    Path(endpoint): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> StatusCode {
    let endpoint = SecretString::from(endpoint);
    let authorization = headers.get(header::AUTHORIZATION);
    let authorization = authorization
        .and_then(|value| value.to_str().ok())
        .map(SecretString::from);
    let Ok(body) = beginning(body.into_data_stream()).await else {
        return StatusCode::BAD_REQUEST;
    };
    let body = unpacked(body);
    match receive_event::run(&app, &endpoint, authorization.as_ref(), &body).await {
        Ok(Receipt::Stored | Receipt::Known) => StatusCode::NO_CONTENT,
        Ok(Receipt::Unreadable) => {
            tracing::error!("Procore delivered what we cannot read; support can look at it");
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

/// The beginning of a body, which is read to its end.
async fn beginning(mut body: BodyDataStream) -> Result<Vec<u8>, axum::Error> {
    let mut kept = Vec::new();
    while let Some(piece) = body.next().await {
        let piece = piece?;
        let room = LARGEST_EVENT - kept.len();
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
    }
    Ok(kept)
}

/// The content of a gzip body, as far as it can be unpacked and no larger than any event; any other
/// body as it is.
fn unpacked(body: Vec<u8>) -> Vec<u8> {
    if !body.starts_with(&GZIP) {
        return body;
    }
    let mut content = Vec::new();
    let read = MultiGzDecoder::new(body.as_slice())
        .take(LARGEST_EVENT as u64)
        .read_to_end(&mut content);
    match read {
        Ok(_) => content,
        Err(_) => body,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn a_packed_body_is_unpacked_and_never_becomes_large() {
        assert_eq!(unpacked(b"{}".to_vec()), b"{}");
        assert_eq!(unpacked(gzip(b"{}")), b"{}");
        let bomb = gzip(&vec![b' '; 8 * 1024 * 1024]);
        assert_eq!(unpacked(bomb).len(), LARGEST_EVENT);
        let broken = gzip(b"{}")[..12].to_vec();
        assert_eq!(unpacked(broken.clone()), broken);
    }

    #[tokio::test]
    async fn only_the_beginning_of_a_large_body_is_kept() {
        let body = Body::from(vec![b'x'; LARGEST_EVENT + 7]);
        let kept = beginning(body.into_data_stream()).await.unwrap();
        assert_eq!(kept.len(), LARGEST_EVENT);
    }
}
