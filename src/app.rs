//! The composition root: what every flow, job and page is wired from.

use std::sync::Arc;

use sqlx::PgPool;

use crate::clock::Clock;
use crate::config::Config;
use crate::jobs::Queue;
use crate::vault::Vault;

/// Everything that a flow needs; cheap to clone.
#[derive(Clone)]
pub struct App {
    pub db: PgPool,
    pub clock: Clock,
    pub vault: Vault,
    pub jobs: Queue,
    pub config: Arc<Config>,
}
