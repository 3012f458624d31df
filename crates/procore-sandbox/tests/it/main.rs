//! What the simulated Procore promises, in one test binary.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests may break off, and look at the database and the program from outside"
)]

mod api;
mod caller;
mod control;
mod deliveries;
mod odd_answers;
mod permissions;
mod project_hooks;
mod project_records;
mod projects;
mod receiver;
mod schema;
mod sign_in;
mod webhooks;
