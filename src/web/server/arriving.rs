//! A request's body while it arrives.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use super::places::Arrival;

/// Fails after its deadline, and reports when all of it has come.
pub(super) struct ArrivingBody {
    body: Incoming,
    deadline: Pin<Box<Sleep>>,
    arrival: Arrival,
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the request's body did not arrive in time")]
struct TooSlow;

impl ArrivingBody {
    pub(super) fn within(limit: Duration, body: Incoming, arrival: Arrival) -> Body {
        Body::new(Self {
            body,
            deadline: Box::pin(sleep(limit)),
            arrival,
        })
    }
}

impl HttpBody for ArrivingBody {
    type Data = Bytes;
    type Error = axum::BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(cx) {
            if frame.is_none() || self.body.is_end_stream() {
                self.arrival.is_complete();
            }
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
