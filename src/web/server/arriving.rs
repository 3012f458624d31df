//! A request's body while it arrives.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

use super::places::Arrival;

/// Fails after its deadline, and reports when all of it has come.
pub(super) struct ArrivingBody {
    body: Incoming,
    arrival: Arrival,
    deadline: Instant,
    /// Whether it was asked for in vain.
    was_missing: bool,
    /// Made once the body has to be waited for; most come with their head.
    timer: Option<Pin<Box<Sleep>>>,
}

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
#[error("the request's body did not arrive in time")]
struct TooSlow;

impl ArrivingBody {
    pub(super) fn within(limit: Duration, body: Incoming, arrival: Arrival) -> Body {
        Body::new(Self {
            body,
            arrival,
            deadline: Instant::now() + limit,
            was_missing: false,
            timer: None,
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
        if !std::mem::replace(&mut self.was_missing, true) {
            // What has arrived already is handed over once it is asked for, not before.
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        let deadline = self.deadline;
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        ready!(timer.as_mut().poll(cx));
        Poll::Ready(Some(Err(TooSlow.into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
