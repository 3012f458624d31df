//! The scheduled looks: at connections, for what broke after *done*, and at setups that stand still.

pub(crate) mod address;
pub(crate) mod connections;
mod copy;
pub(crate) mod deliveries;
mod installation;
mod integrated;
mod look;
mod lost;
pub(crate) mod new_projects;
mod notice;
pub(crate) mod projects;
pub(crate) mod reminder;
mod unshared;
pub mod walks;
mod webhook_looks;
