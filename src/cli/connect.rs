//! Reads the settings and connects an `App`, for most commands.

use anyhow::Context;

use super::Failure;
use crate::app::App;
use crate::clock::Clock;
use crate::config::Config;
use crate::store::migrate::{self, SchemaState};
use crate::telemetry;

/// Reads the configuration and starts logging as it says.
pub(super) fn configure() -> Result<Config, Failure> {
    let config = Config::from_env()?;
    telemetry::start(&config.log).context("Logging could not be set up")?;
    Ok(config)
}

/// Connects, and refuses a schema that this release does not know.
pub(super) async fn connect(config: Config) -> Result<App, Failure> {
    let (app, mut first) = App::connect(config, Clock::system()).await?;
    match migrate::state(&mut first)
        .await
        .context("The schema could not be read")?
    {
        SchemaState::Current => Ok(app),
        state @ (SchemaState::Behind { .. } | SchemaState::Ahead { .. }) => {
            Err(Failure::Schema(state))
        }
    }
}
