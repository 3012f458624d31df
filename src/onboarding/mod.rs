//! The onboarding itself, free of I/O: stages, settings, plan.

mod aggregate;
pub mod attention;
pub mod case;
pub mod cause;
pub mod figures;
pub mod hand_over;
pub mod ledger;
pub mod plan;
pub mod search;
mod stage;
pub mod stall;

pub use aggregate::{Evidence, Onboarding, Refused};
pub use stage::Stage;
