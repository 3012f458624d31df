//! What is carried out in any case once it has begun.

use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::runtime::Handle;

/// A future that goes on in a task of its own if it is dropped before its end.
///
/// Unlike a task from the start, it wakes no other thread as long as somebody waits for it.
pub(crate) struct ToTheEnd<F: Future<Output: Send> + Send + 'static>(Option<Pin<Box<F>>>);

impl<F: Future<Output: Send> + Send + 'static> ToTheEnd<F> {
    pub(crate) fn of(future: F) -> Self {
        Self(Some(Box::pin(future)))
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for ToTheEnd<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        // Taken out meanwhile, so that what panicked is not polled again.
        let Some(mut future) = self.0.take() else {
            return Poll::Pending;
        };
        let polled = future.as_mut().poll(context);
        if polled.is_pending() {
            self.0 = Some(future);
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for ToTheEnd<F> {
    fn drop(&mut self) {
        if let (Some(future), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(future);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn what_is_given_up_goes_on() {
        let (begin, begun) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        let mut future = ToTheEnd::of(async move {
            begun.await.unwrap();
            end.send(7).unwrap();
        });
        assert_eq!((&mut future).now_or_never(), None);
        drop(future);
        begin.send(()).unwrap();
        assert_eq!(ended.await, Ok(7));
        assert_eq!(ToTheEnd::of(async { 8 }).await, 8);
    }
}
