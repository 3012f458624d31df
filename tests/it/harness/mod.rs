//! What the stories are told with.

pub mod app;
pub mod browser;
pub mod case;
pub mod colleague;
pub mod confirmed;
pub mod db;
pub mod desk;
pub mod dying;
pub mod page;
pub mod pooler;
pub mod program;
pub mod site;
pub mod smtp;
pub mod totp;
pub mod walk;
