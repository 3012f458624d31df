//! What the stories are told with.

pub(crate) mod app;
pub(crate) mod browser;
pub(crate) mod case;
pub(crate) mod colleague;
pub(crate) mod confirmed;
pub(crate) mod db;
pub(crate) mod desk;
pub(crate) mod dump;
pub(crate) mod dying;
pub(crate) mod faults;
pub(crate) mod gate;
pub(crate) mod host;
pub(crate) mod live;
pub(crate) mod logs;
pub(crate) mod page;
pub(crate) mod pooler;
pub(crate) mod program;
pub(crate) mod projects;
pub(crate) mod site;
pub(crate) mod smtp;
pub(crate) mod totp;
pub(crate) mod walk;
pub(crate) mod wire;
