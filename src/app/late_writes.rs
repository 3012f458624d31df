//! Small writes after an answer, for which nobody waits.

use std::fmt::Display;
use std::future::Future;

use tokio_util::task::TaskTracker;

/// How many run at once. What comes in a flood beyond them is dropped.
const AT_ONCE: usize = 64;

#[derive(Debug)]
pub struct LateWrites(TaskTracker);

impl LateWrites {
    pub(super) fn new() -> Self {
        let writes = TaskTracker::new();
        writes.close(); // so that `finished` waits for what runs, not for an end of it all
        Self(writes)
    }

    /// Runs `write` in the background. If it fails, the log says that a `what` could not be recorded.
    pub(crate) fn spawn<E: Display>(
        &self,
        what: &'static str,
        write: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        if self.0.len() >= AT_ONCE {
            tracing::debug!("A {what} is not recorded: too many are being written");
            return;
        }
        self.0.spawn(async move {
            if let Err(error) = write.await {
                tracing::warn!("A {what} could not be recorded: {error:#}");
            }
        });
    }

    /// Waits until everything is written.
    pub async fn finished(&self) {
        self.0.wait().await;
    }
}
