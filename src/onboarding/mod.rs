//! The onboarding itself, free of I/O: stages, plan, diagnosis.

pub mod reason;
