//! What the stories are told with.

pub mod db;
pub mod folder;
pub mod procore_caller;
pub mod sandbox;
pub mod webhook_receiver;
