//! What the stories are told with.

pub mod db;
pub mod folder;
pub mod sandbox;
