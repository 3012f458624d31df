//! Carries out a run: a stored list of actions, one after the other, that survives a crash.
//!
//! A worker takes a run ([`RunLease`]), does the first action of its ledger that is not done,
//! writes what came of it, and goes on. What an action does is decided by the [`Plan`] of the run's
//! kind, which the caller passes in. Every action looks before it creates, because the one that a
//! crash cut short is repeated. A failure either waits or names what a person must do
//! ([`Failure`]); it never just ends.

mod begin;
mod context;
mod failure;
mod fault;
mod lease;
mod outcome;
mod plan;
mod run;

pub(crate) use begin::begin;
pub(crate) use context::RunContext;
pub(crate) use failure::{Failure, Halt, Next};
pub use fault::{FaultInjector, FaultPoint, NoFaults};
pub(crate) use lease::RunLease;
pub(crate) use outcome::{ActionOutcome, ActionResult};
pub(crate) use plan::Plan;
pub(crate) use run::work;
pub use run::{KIND, PROJECT_KIND, task, task_of};
