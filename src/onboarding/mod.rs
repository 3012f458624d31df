//! The onboarding itself, free of I/O: stages, evidence, whom it waits for.

mod aggregate;
pub mod case;
mod check_purpose;
pub mod figures;
pub mod hand_over;
pub mod queue_line;
pub mod recommendation;
mod refused;
pub mod search;
pub mod situation;
mod stage;

pub(crate) use aggregate::TaskMark;
pub use aggregate::{Evidence, Onboarding};
pub use check_purpose::CheckPurpose;
pub use refused::Refused;
pub use stage::Stage;
