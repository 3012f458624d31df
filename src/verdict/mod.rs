//! What we may read in Procore, and the reason if we may not; free of I/O.

mod reason;

pub use reason::{Party, ReasonCode, UnknownReason};
