//! `concierge migrate`: migrates the database's schema to this release.

use anyhow::Context;
use secrecy::SecretString;
use serde::Serialize;

use super::Failure;
use super::output::Output;
use crate::config::{self, Log};
use crate::store::database::Database;
use crate::store::migrate::{self, MigrateError, Roles};
use crate::telemetry;

/// The first one, and the one that migrates.
const CONNECTIONS: u32 = 2;

/// Apply the migrations that are missing, and exit
///
/// Needs DATABASE_URL alone, of the role that owns the tables. Grants the role that CONCIERGE_DATABASE_ROLE
/// names what `concierge serve` takes, and creates the one that CONCIERGE_READER_ROLE names, which reads what
/// was copied for the host product and nothing else: run it also to set these up. Running it again, or
/// from several places at once, does no harm: one migrates, the others wait for half a minute and find
/// nothing to do. A tagged release may go on running while the next one migrates; until the first tag,
/// stop the old processes first.
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
    let owner = config::database_owner_from_env()?;
    let roles = Roles {
        serving: owner.serving_role.as_deref(),
        reader: owner.reader_role.as_deref(),
    };
    let applied = run(&owner.url, roles).await?;
    args.output
        .print(&Migrated { applied }, |done| match done.applied.len() {
            0 => "The schema is up to date.".to_owned(),
            1 => "Applied 1 migration; the schema is up to date.".to_owned(),
            count => format!("Applied {count} migrations; the schema is up to date."),
        })
}

/// Applies what is missing and grants the roles their rights; returns the versions that were applied.
pub async fn run(database_url: &SecretString, roles: Roles<'_>) -> Result<Vec<i64>, Failure> {
    let (database, first) = Database::connect(database_url, CONNECTIONS).await?;
    drop(first);
    let applied = migrate::run(&database, roles).await;
    database.close().await;
    applied.map_err(|error| match error {
        MigrateError::Ahead(state) => Failure::Schema(state),
        error => Failure::Other(anyhow::Error::from(error).context("The schema was not migrated")),
    })
}
