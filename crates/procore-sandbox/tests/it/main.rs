//! What the simulated Procore promises, in one test binary.

mod api;
mod caller;
mod control;
mod deliveries;
mod permissions;
mod receiver;
mod schema;
mod webhooks;
