//! `POST /webhooks/procore/{token}`: receives events from Procore.
//!
//! A delivery comes from a program: it has no session and proves itself by its `Authorization`
//! value, so the layers that refuse other sites' forms and large bodies leave this address alone.

use std::io::Read;

use axum::body::BodyDataStream;
use axum::extract::Request;
use axum::http::{StatusCode, header};
use flate2::read::MultiGzDecoder;
use futures_util::StreamExt;
use secrecy::SecretString;

use crate::app::App;
use crate::flows::receive_event::{self, Delivered, Receipt, Refused};

/// The most that is taken of a delivery, packed or not. Events hold ids only, so this is thousands of
/// them.
const LARGEST_BODY: usize = 4 * 1024 * 1024;
/// A longer body is read no further: who sends that much does not wait for an answer.
const LONGEST_READ: usize = 64 * 1024 * 1024;
/// How a gzip body begins, whether or not the headers say so.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What became of a delivery.
#[derive(Debug)]
pub(super) struct Received {
    pub status: StatusCode,
    /// Whether the body was read to its end.
    pub is_read: bool,
    pub trouble: Option<Trouble>,
}

/// What the log says of a delivery.
#[derive(Debug)]
pub(super) enum Trouble {
    Unreadable,
    /// With the error.
    NotStored(String),
}

impl Trouble {
    pub(super) fn log(&self) {
        match self {
            Self::Unreadable => {
                tracing::error!("Procore delivered what we cannot read; support can look at it");
            }
            Self::NotStored(error) => tracing::error!("An event could not be stored: {error}"),
        }
    }
}

impl Received {
    /// Nothing was read.
    pub(super) fn of(status: StatusCode) -> Self {
        Self {
            status,
            is_read: false,
            trouble: None,
        }
    }
}

/// Receives what was delivered to the address that ends with `endpoint`.
pub(super) async fn receive(app: &App, endpoint: SecretString, request: Request) -> Received {
    let mut received = Received::of(StatusCode::SERVICE_UNAVAILABLE);
    match store(app, &endpoint, request, &mut received).await {
        Ok(status) => received.status = status,
        Err(error) => {
            let error = anyhow::Error::from(error);
            received.trouble = Some(Trouble::NotStored(format!("{error:#}")));
        }
    }
    received
}

/// Answers 204 only once the event is stored. Anything else makes Procore repeat the delivery
/// and hold back later events for 12 hours; so an event that no retry would fix is accepted, too.
async fn store(
    app: &App,
    endpoint: &SecretString,
    request: Request,
    received: &mut Received,
) -> Result<StatusCode, crate::flows::Error> {
    let authorization = request.headers().get(header::AUTHORIZATION);
    let authorization = authorization
        .and_then(|value| value.to_str().ok())
        .map(SecretString::from);
    let open = || receive_event::open(app, endpoint, authorization.as_ref());
    let mut opened = open().await?;
    // A refused body is read as well, since a client that is still sending may miss the answer.
    let most = if opened.is_ok() { LARGEST_BODY } else { 0 };
    let body = request.into_body().into_data_stream();
    let Ok((delivered, is_whole)) = beginning(body, most).await else {
        return Ok(StatusCode::BAD_REQUEST);
    };
    received.is_read = is_whole;
    let delivered = unpacked(delivered);
    loop {
        let endpoint = match opened {
            Ok(endpoint) => endpoint,
            Err(Refused::NoSuchAddress) => return Ok(StatusCode::NOT_FOUND),
            Err(Refused::WrongAuthorization) => return Ok(StatusCode::UNAUTHORIZED),
        };
        match receive_event::run(app, &endpoint, &delivered).await? {
            Some(Receipt::Stored | Receipt::Tested) => return Ok(StatusCode::NO_CONTENT),
            Some(Receipt::Unreadable) => {
                received.trouble = Some(Trouble::Unreadable);
                return Ok(StatusCode::NO_CONTENT);
            }
            // What was known of the address may not be true any more, and is forgotten: it is asked for.
            None => opened = open().await?,
        }
    }
}

/// At most the first `most` bytes of a body, and whether it was read to its end, as it is unless that is very
/// far.
async fn beginning(
    mut body: BodyDataStream,
    most: usize,
) -> Result<(Delivered, bool), axum::Error> {
    let (mut kept, mut read) = (Vec::new(), 0);
    while let Some(piece) = body.next().await {
        let piece = piece?;
        read += piece.len();
        let room = most - kept.len();
        kept.extend_from_slice(&piece[..piece.len().min(room)]);
        if read > LONGEST_READ {
            break;
        }
    }
    let delivered = Delivered {
        is_cut: read > kept.len(),
        body: kept,
    };
    Ok((delivered, read <= LONGEST_READ))
}

/// The content of a gzip body, as far as it can be unpacked and no more than is taken of any; any
/// other body as it is.
fn unpacked(delivered: Delivered) -> Delivered {
    if !delivered.body.starts_with(&GZIP) {
        return delivered;
    }
    let mut body = Vec::new();
    let read = MultiGzDecoder::new(delivered.body.as_slice())
        .take(LARGEST_BODY as u64 + 1)
        .read_to_end(&mut body);
    if body.is_empty() && read.is_err() {
        return delivered;
    }
    let is_cut = read.is_err() || body.len() > LARGEST_BODY;
    body.truncate(LARGEST_BODY);
    Delivered { body, is_cut }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use axum::body::Body;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(content).unwrap();
        packed.finish().unwrap()
    }

    fn content(body: &[u8]) -> (Vec<u8>, bool) {
        let is_cut = false;
        let body = body.to_vec();
        let unpacked = unpacked(Delivered { body, is_cut });
        (unpacked.body, unpacked.is_cut)
    }

    #[test]
    fn a_packed_body_is_unpacked_and_never_becomes_large() {
        assert_eq!(content(b"{}"), (b"{}".to_vec(), false));
        assert_eq!(content(&gzip(b"{}")), (b"{}".to_vec(), false));
        let (bomb, is_cut) = content(&gzip(&vec![b' '; 3 * LARGEST_BODY]));
        assert_eq!((bomb.len(), is_cut), (LARGEST_BODY, true));
        let noise: Vec<u8> = (0..10_000_u32)
            .flat_map(|n| n.wrapping_mul(2_654_435_761).to_be_bytes())
            .collect();
        let packed = gzip(&noise);
        let (begun, is_cut) = content(&packed[..packed.len() / 2]);
        assert!(!begun.is_empty() && noise.starts_with(&begun) && is_cut);
        assert_eq!(content(&GZIP), (GZIP.to_vec(), false));
    }

    #[tokio::test]
    async fn only_the_beginning_of_a_large_body_is_kept() {
        for (length, most, kept, is_cut) in [(7, 7, 7, false), (9, 7, 7, true), (9, 0, 0, true)] {
            let body = Body::from(vec![b'x'; length]).into_data_stream();
            let (found, is_whole) = beginning(body, most).await.unwrap();
            assert_eq!((found.body.len(), found.is_cut), (kept, is_cut));
            assert!(is_whole);
        }
    }
}
