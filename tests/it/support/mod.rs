//! What the stories are told with.

pub mod db;
pub mod dying;
pub mod folder;
pub mod procore_caller;
pub mod program;
pub mod sandbox;
pub mod site;
pub mod webhook_receiver;
