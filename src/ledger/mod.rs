//! The ledger of a run: what its actions are called, what state each can be in, and which actions
//! each kind of run consists of. Pure.

mod action;
mod overall;
pub mod plan;
mod short_list;
mod state;

pub use action::Action;
pub(crate) use overall::{ListProgress, Overall};
pub use short_list::ShortList;
pub use state::{ActionState, RunKind, RunState};
