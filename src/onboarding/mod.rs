//! The onboarding itself, free of I/O: stages, plan, diagnosis.

mod aggregate;
pub mod attention;
pub mod case;
pub mod cause;
pub mod diagnosis;
pub mod figures;
pub mod hand_over;
pub mod ledger;
pub mod plan;
/// The former place of the reasons.
pub mod reason {
    pub use crate::verdict::{Party, ReasonCode};
}
pub mod search;
pub mod settings;
mod stage;
pub mod stall;

pub use aggregate::{AccessWay, Evidence, Onboarding, Refused, Target};
pub use settings::Settings;
pub use stage::Stage;
