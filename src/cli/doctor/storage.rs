//! Checks the database and its sealed values.

use secrecy::SecretString;
use sqlx::PgConnection;

use super::report::Check;
use crate::cli::failure;
use crate::config::Config;
use crate::flows::rotate_keys::purpose;
use crate::store::StoreError;
use crate::store::database::{ConnectError, Database};
use crate::store::migrate::{self, SchemaState};
use crate::store::roles;
use crate::store::sealed::{self, Column};
use crate::vault::Vault;

/// Values of each kind that are opened: the first, and the first of those with an older key.
const SAMPLE: i64 = 50;
const CONNECTIONS: u32 = 2;

/// Checks the database, the way to it and its schema; returns the database if it can be read.
pub(super) async fn database(
    url: &SecretString,
    listen_url: Option<&SecretString>,
) -> (Option<Database>, Vec<Check>) {
    const NAME: &str = "database";
    let (pool, mut first) = match Database::connect(url, CONNECTIONS).await {
        Ok(connected) => connected,
        Err(error) => {
            let advice = match &error {
                ConnectError::TooOld { .. } => "Use Postgres 15 or newer.",
                ConnectError::Address(_) | ConnectError::Unreachable { .. } => {
                    "Check host, port, user, password and database name in DATABASE_URL, and that \
                     the server runs and lets this machine in."
                }
            };
            let found = format!("{:#}", anyhow::Error::from(error));
            return (None, vec![Check::failed(NAME, found, advice)]);
        }
    };
    let mut checks = vec![Check::passed(NAME, "Reached; its version is supported.")];
    checks.extend(announcements(&pool, listen_url).await);
    match migrate::state(&mut first).await {
        Ok(SchemaState::Current) => {
            let found = failure::advice(&SchemaState::Current);
            checks.push(Check::passed("schema", found));
            checks.push(role(&mut first).await);
            (Some(pool), checks)
        }
        Ok(state @ (SchemaState::Behind { .. } | SchemaState::Ahead { .. })) => {
            let text = failure::advice(&state);
            let (found, advice) = text.split_once('\n').unwrap_or((&text, ""));
            checks.push(Check::failed("schema", found, advice.trim()));
            (None, checks)
        }
        Err(error) => {
            let found = format!("{:#}", anyhow::Error::from(error));
            let advice = "Let the user of DATABASE_URL read the tables.";
            checks.push(Check::failed("schema", found, advice));
            (None, checks)
        }
    }
}

/// Checks whether the role that serves is another than the one that migrates.
async fn role(conn: &mut PgConnection) -> Check {
    const NAME: &str = "database role";
    match roles::can_rewrite_the_record(conn).await {
        Ok(false) => Check::passed(NAME, "It reads and writes rows, and owns nothing."),
        Ok(true) => Check::passed(
            NAME,
            "The role of DATABASE_URL is the one that migrates, or may do as much, which works. It \
             lets this process rewrite the record of what was done: create a second role, name it \
             in CONCIERGE_DATABASE_ROLE for `concierge migrate`, and let `serve` connect as it.",
        ),
        Err(error) => {
            let found = format!("{:#}", anyhow::Error::from(error));
            Check::failed(NAME, found, "Let the user of DATABASE_URL read the tables.")
        }
    }
}

/// Checks whether the database can tell of new work, where a pooler or a setting makes that a question.
async fn announcements(database: &Database, listen_url: Option<&SecretString>) -> Option<Check> {
    const NAME: &str = "announcements";
    let Some(url) = listen_url else {
        let found = "A pooler stands before the database, which works. It announces no work, so jobs \
                     begin up to a second later: set DATABASE_LISTEN_URL to the database itself.";
        return database.is_pooled().then(|| Check::passed(NAME, found));
    };
    let advice = "Let DATABASE_LISTEN_URL lead to the database itself, without a pooler between.";
    Some(match Database::connect(url, 1).await {
        Ok((direct, _)) if direct.is_pooled() => {
            let found = "DATABASE_LISTEN_URL leads to a pooler, which announces no work";
            Check::failed(NAME, found, advice)
        }
        Ok(_) => Check::passed(NAME, "The database tells of new work at once."),
        Err(error) => {
            let found = format!("DATABASE_LISTEN_URL: {:#}", anyhow::Error::from(error));
            Check::failed(NAME, found, advice)
        }
    })
}

/// Opens a sample of every kind of sealed value.
pub(super) async fn keys(config: &Config, pool: &Database) -> Vec<Check> {
    let vault = Vault::new(config.encryption_keys.clone());
    let mut checks = Vec::new();
    for column in Column::ALL {
        let name = format!("keys for {}", column.name());
        checks.push(match open_sample(&vault, pool, column).await {
            Ok(Sample {
                opened: 0,
                failure: None,
                ..
            }) => Check::passed(name, "Nothing is stored."),
            Ok(Sample {
                opened,
                outdated: 0,
                failure: None,
            }) => Check::passed(name, format!("{opened} looked at, all open.")),
            Ok(Sample {
                opened,
                failure: None,
                ..
            }) => Check::passed(
                name,
                format!(
                    "{opened} looked at, all open; some are sealed with an older key, which \
                     `concierge keys rotate` changes."
                ),
            ),
            Ok(Sample {
                failure: Some(failure),
                ..
            }) => Check::failed(
                name,
                format!("A stored secret does not open: {failure}."),
                "Put every key that was ever used since the last `concierge keys rotate` back \
                 into CONCIERGE_ENCRYPTION_KEYS; what stays closed has to be entered again.",
            ),
            Err(error) => Check::failed(
                name,
                format!("{:#}", anyhow::Error::from(error)),
                "Let the user of DATABASE_URL read the tables.",
            ),
        });
    }
    checks
}

struct Sample {
    opened: usize,
    outdated: usize,
    failure: Option<String>,
}

async fn open_sample(vault: &Vault, pool: &Database, column: Column) -> Result<Sample, StoreError> {
    let mut conn = pool.acquire().await?;
    let mut values = sealed::list_others(&mut conn, column, &[], None, SAMPLE).await?;
    let current = vault.current_beginning();
    let outdated = sealed::list_others(&mut conn, column, &current, None, SAMPLE).await?;
    let outdated_count = outdated.len();
    values.extend(outdated);
    values.sort_by_key(|value| value.key);
    values.dedup_by_key(|value| value.key);
    let failure = values.iter().find_map(|value| {
        let opened = vault.open(purpose(column), value.key.0, &value.sealed);
        opened.err().map(|error| error.to_string())
    });
    Ok(Sample {
        opened: values.len(),
        outdated: outdated_count,
        failure,
    })
}
