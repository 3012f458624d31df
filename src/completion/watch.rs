//! Looking on while a run works, so that a test can end it at every point where a crash could.

use std::ops::ControlFlow;

/// A point between two things that a crash can separate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Nothing of this write is in the database yet.
    BeforeWrite(&'static str),
    /// All of it is.
    AfterWrite(&'static str),
    /// Procore is about to be asked.
    BeforeCall(&'static str),
    /// Procore has answered and nothing of it is kept yet.
    AfterCall(&'static str),
}

/// Whoever looks on.
pub trait Watch: Send + Sync {
    /// Called at every moment; `Break` stops the worker there as a crash would: nothing is tidied up.
    fn at(&self, moment: Moment) -> ControlFlow<()>;
}

/// Nobody looks on.
#[derive(Debug, Clone, Copy, Default)]
pub struct Nobody;

impl Watch for Nobody {
    fn at(&self, _: Moment) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}
