//! Why a command failed, and its exit code.

use std::process::ExitCode;

use crate::config::Problems;
use crate::store::database::ConnectError;
use crate::store::migrate::SchemaState;

/// Why a command failed.
#[derive(Debug)]
pub enum Failure {
    /// Settings are missing or wrong.
    Config(Problems),
    /// The schema is not the one that this release was built for.
    Schema(SchemaState),
    /// Anything else; the message stands on its own.
    Other(anyhow::Error),
    /// The command has already reported the problem.
    Reported,
}

impl Failure {
    /// Reports the failure on standard error.
    pub fn report(&self) {
        match self {
            Self::Config(problems) => eprintln!("concierge: {problems}"),
            Self::Schema(state) => eprintln!("concierge: {}", advice(state)),
            Self::Other(error) => eprintln!("concierge: {error:#}"),
            Self::Reported => {}
        }
    }

    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self {
            Self::Other(_) | Self::Reported => 1,
            Self::Config(_) => 3,
            Self::Schema(_) => 4,
        })
    }
}

/// The problem with a schema, and what the operator should do.
pub(super) fn advice(state: &SchemaState) -> String {
    match state {
        SchemaState::Current => "The database's schema is the one this release needs.".to_owned(),
        SchemaState::Behind { missing } => format!(
            "The database's schema is older than this release: {} not applied ({}).\n  \
             Run `concierge migrate` with this release, then start again.",
            count(missing, "migration is", "migrations are"),
            versions(missing),
        ),
        SchemaState::Ahead { unknown } => format!(
            "The database's schema is newer than this release: it does not know {} ({}).\n  \
             Start the release that migrated the database, or a newer one.",
            count(unknown, "migration", "migrations"),
            versions(unknown),
        ),
    }
}

fn count(list: &[i64], one: &str, many: &str) -> String {
    match list.len() {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    }
}

fn versions(list: &[i64]) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<String> = list.iter().take(SHOWN).map(i64::to_string).collect();
    if list.len() > SHOWN {
        text.push("…".to_owned());
    }
    text.join(", ")
}

impl From<Problems> for Failure {
    fn from(problems: Problems) -> Self {
        Self::Config(problems)
    }
}

impl From<ConnectError> for Failure {
    fn from(error: ConnectError) -> Self {
        Self::Other(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Other(error)
    }
}
