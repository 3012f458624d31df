//! The scheduled look at what stands still.

mod reminder;
pub mod walks;
