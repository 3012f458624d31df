//! `concierge migrate`: migrates the database's schema to this release.

use anyhow::Context;
use secrecy::SecretString;
use serde::Serialize;

use super::Failure;
use super::output::Output;
use crate::app;
use crate::config::{self, Log};
use crate::store::migrate::{self, SchemaState, Turn};
use crate::telemetry;

/// One connection reads the schema, the other one holds the migration lock.
const CONNECTIONS: u32 = 2;

/// Apply the migrations that are missing, and exit
///
/// Needs DATABASE_URL alone. Running it again, or from several places at once, does no harm: one
/// migrates, the others wait and find nothing to do. A tagged release may go on running while the
/// next one migrates; until the first tag, stop the old processes first.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    output: Output,
}

/// What was done.
#[derive(Debug, Serialize)]
struct Migrated {
    applied: Vec<i64>,
}

pub async fn main(args: Args) -> Result<(), Failure> {
    telemetry::start(&Log::from_env()?).context("Logging could not be set up")?;
    let applied = run(&config::database_url_from_env()?).await?;
    args.output
        .print(&Migrated { applied }, |done| match done.applied.len() {
            0 => "The schema is up to date.".to_owned(),
            1 => "Applied 1 migration; the schema is up to date.".to_owned(),
            count => format!("Applied {count} migrations; the schema is up to date."),
        })
}

/// Applies what is missing; returns the versions that were applied.
pub async fn run(database_url: &SecretString) -> Result<Vec<i64>, Failure> {
    let (pool, mut first) = app::connect(database_url, CONNECTIONS).await?;

    let mut turn = Turn::wait(&pool)
        .await
        .context("The right to migrate was not given")?;
    let state = migrate::state(&mut first)
        .await
        .context("The schema could not be read")?;
    drop(first);
    if let SchemaState::Ahead { .. } = state {
        return Err(Failure::Schema(state));
    }
    let applied = turn.apply().await.context("A migration was not applied")?;
    turn.release()
        .await
        .context("The right to migrate was not given back")?;
    pool.close().await;
    Ok(applied)
}
