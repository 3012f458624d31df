//! The onboarding itself, free of I/O: stages, settings, plan.

mod aggregate;
pub mod case;
pub mod figures;
pub mod hand_over;
pub mod ledger;
pub mod plan;
pub mod queue_line;
pub mod search;
pub mod situation;
mod stage;

pub use aggregate::{Evidence, Onboarding, Refused};
pub use stage::Stage;
