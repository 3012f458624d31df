//! `concierge migrate`: migrates the database's schema to this release.

use anyhow::Context;
use secrecy::SecretString;
use serde::Serialize;

use super::Failure;
use super::output::Output;
use crate::config::{self, Log};
use crate::store::database::Database;
use crate::store::migrate::{self, MigrateError};
use crate::telemetry;

/// The first one, and the one that migrates.
const CONNECTIONS: u32 = 2;

/// Apply the migrations that are missing, and exit
///
/// Needs DATABASE_URL alone, of the role that owns the tables, and grants the role that
/// CONCIERGE_DATABASE_ROLE names what `concierge serve` takes: run it also to set that up. Running it again, or from several places at once, does no harm: one
/// migrates, the others wait for half a minute and find nothing to do. A tagged release may go on running while the
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
    let (url, role) = config::database_owner_from_env()?;
    let applied = run(&url, role.as_deref()).await?;
    args.output
        .print(&Migrated { applied }, |done| match done.applied.len() {
            0 => "The schema is up to date.".to_owned(),
            1 => "Applied 1 migration; the schema is up to date.".to_owned(),
            count => format!("Applied {count} migrations; the schema is up to date."),
        })
}

/// Applies what is missing and grants `serving_role` its rights; returns the versions that were
/// applied.
pub async fn run(
    database_url: &SecretString,
    serving_role: Option<&str>,
) -> Result<Vec<i64>, Failure> {
    let (database, first) = Database::connect(database_url, CONNECTIONS).await?;
    drop(first);
    let applied = migrate::run(&database, serving_role).await;
    database.close().await;
    applied.map_err(|error| match error {
        MigrateError::Ahead(state) => Failure::Schema(state),
        error => Failure::Other(anyhow::Error::from(error).context("The schema was not migrated")),
    })
}
