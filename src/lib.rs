//! Concierge walks a construction firm through connecting its Procore company to a product.
//!
//! The rooms, and who may import whom, are described in `docs/ARCHITECTURE.md`; a test holds the
//! code to that table.

#[macro_use]
mod macros;

pub mod activity;
pub mod app;
pub mod catalog;
mod checks;
#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "commands speak to a terminal"
)]
pub mod cli;
pub mod clock;
mod completion;
pub mod config;
pub mod connection;
pub mod content;
pub mod engine;
mod events;
pub mod flows;
mod help;
pub mod identity;
pub mod ledger;
pub mod mail;
pub mod onboarding;
pub mod paths;
pub mod procore;
mod projects;
mod reading;
mod reconcile;
mod removal;
pub mod store;
mod sync;
pub mod telemetry;
mod text;
pub mod vault;
pub mod verdict;
pub mod watch;
pub mod web;
mod webhooks;
pub mod work;
pub mod worker;
