//! The scheduled check for stalled setups.

pub(crate) mod reminder;
pub mod walks;
