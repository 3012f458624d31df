//! A task that goes on at once when it wakes itself.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_util::task::AtomicWaker;

/// How often a future is polled in a row before others have their turn.
const MOST_IN_A_ROW: usize = 16;

/// Polls a future again at once if it was woken while it was polled.
///
/// A connection wakes itself with every body, because what reads it and what takes it are one task. A runtime
/// takes that for a task that makes way for others: it queues it, and wakes another thread to take it over.
pub(super) struct GoesOn<F> {
    future: Pin<Box<F>>,
    wakes: Arc<Wakes>,
    waker: Waker,
}

struct Wakes {
    state: AtomicU8,
    task: AtomicWaker,
}

/// Not being polled: a wake goes to the task.
const RESTS: u8 = 0;
const IS_POLLED: u8 = 1;
const WAS_WOKEN: u8 = 2;

impl<F: Future> GoesOn<F> {
    pub(super) fn new(future: F) -> Self {
        let wakes = Arc::new(Wakes {
            state: AtomicU8::new(RESTS),
            task: AtomicWaker::new(),
        });
        Self {
            future: Box::pin(future),
            waker: wakes.clone().into(),
            wakes,
        }
    }
}

impl<F: Future> Future for GoesOn<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let Self {
            future,
            wakes,
            waker,
        } = &mut *self;
        wakes.task.register(context.waker());
        let mut own = Context::from_waker(waker);
        for _ in 0..MOST_IN_A_ROW {
            wakes.state.store(IS_POLLED, Ordering::SeqCst);
            if let Poll::Ready(output) = future.as_mut().poll(&mut own) {
                return Poll::Ready(output);
            }
            if wakes.state.swap(RESTS, Ordering::SeqCst) == IS_POLLED {
                return Poll::Pending;
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let note = |state| (state != RESTS).then_some(WAS_WOKEN);
        let noted = (self.state).fetch_update(Ordering::SeqCst, Ordering::SeqCst, note);
        if noted.is_err() {
            self.task.wake();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures_util::task::noop_waker_ref;

    use super::*;

    /// Counts how often a task is woken.
    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Wakes itself as often as told before it is ready, and hands out its waker.
    struct SelfWaking<'a> {
        left: usize,
        polls: &'a AtomicUsize,
        waker: &'a AtomicWaker,
    }

    impl Future for SelfWaking<'_> {
        type Output = ();

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            self.polls.fetch_add(1, Ordering::SeqCst);
            self.waker.register(context.waker());
            if self.left == 0 {
                return Poll::Pending;
            }
            self.left -= 1;
            context.waker().wake_by_ref();
            Poll::Pending
        }
    }

    #[test]
    fn who_wakes_itself_is_polled_again_and_wakes_nobody() {
        for (left, polled, woken) in [(0, 1, 0), (3, 4, 0), (100, MOST_IN_A_ROW, 1)] {
            let (counter, polls) = (Arc::new(Counter::default()), AtomicUsize::new(0));
            let (task, waker) = (Waker::from(counter.clone()), AtomicWaker::new());
            let polls_of = &polls;
            let mut future = GoesOn::new(SelfWaking {
                left,
                polls: polls_of,
                waker: &waker,
            });
            let polled_once = Pin::new(&mut future).poll(&mut Context::from_waker(&task));
            assert!(polled_once.is_pending());
            assert_eq!(polls.load(Ordering::SeqCst), polled);
            assert_eq!(counter.0.load(Ordering::SeqCst), woken);
            waker.wake(); // by somebody else, later
            assert_eq!(counter.0.load(Ordering::SeqCst), woken + 1);
        }
    }

    #[test]
    fn who_is_woken_by_somebody_else_meanwhile_is_polled_again() {
        let polls = AtomicUsize::new(0);
        let mut future = GoesOn::new(std::future::poll_fn(|context| {
            if polls.fetch_add(1, Ordering::SeqCst) == 1 {
                return Poll::Ready(7);
            }
            let waker = context.waker().clone();
            std::thread::spawn(|| waker.wake()).join().unwrap();
            Poll::Pending
        }));
        let mut context = Context::from_waker(noop_waker_ref());
        assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(7));
    }

    #[test]
    fn what_is_ready_is_ready() {
        let mut future = GoesOn::new(async { 7 });
        let mut context = Context::from_waker(noop_waker_ref());
        assert_eq!(Pin::new(&mut future).poll(&mut context), Poll::Ready(7));
    }
}
