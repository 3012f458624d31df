//! The scheduled check for stalled setups.

mod reminder;
pub mod walks;
