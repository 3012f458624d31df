//! Where a crash could strike, so that a test can end a worker there.

use std::ops::ControlFlow;

/// A point between two things that a crash can separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultPoint {
    /// Nothing of this write is in the database yet.
    BeforeWrite(&'static str),
    /// All of it is.
    AfterWrite(&'static str),
    /// Procore is about to be asked.
    BeforeCall(&'static str),
    /// Procore has answered and nothing of it is kept yet.
    AfterCall(&'static str),
}

/// Decides where a worker ends.
pub trait FaultInjector: Send + Sync {
    /// Called at every point; `Break` stops the worker there as a crash would: nothing is tidied up.
    fn at(&self, point: FaultPoint) -> ControlFlow<()>;
}

/// Lets every worker go on.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoFaults;

impl FaultInjector for NoFaults {
    fn at(&self, _: FaultPoint) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
