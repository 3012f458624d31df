//! Brings the schema to the state that this release needs, and tells whether it is there.
//!
//! The lock is our own, taken by polling: `create index concurrently` waits for every other
//! transaction, so a second migrator that waits inside one (as sqlx's own locking does) would
//! deadlock with it.

use std::time::Duration;

use sqlx::migrate::{Migrate, Migrator};
use sqlx::{Connection, PgConnection, PgPool};

static MIGRATOR: Migrator = Migrator {
    locking: false,
    ..sqlx::migrate!()
};

/// Names our lock among the advisory locks of the database.
const LOCK: i64 = 0x636f_6e63_6965_7267;
const POLL: Duration = Duration::from_millis(200);

/// What the database's schema is to this release.
#[derive(Debug, PartialEq, Eq)]
pub enum SchemaState {
    Current,
    /// `concierge migrate` has to run first.
    Behind {
        missing: Vec<i64>,
    },
    /// A newer release has migrated it beyond what this one knows.
    Ahead {
        unknown: Vec<i64>,
    },
}

/// Why migrating failed.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the database did not answer as it should")]
    Database(#[from] sqlx::Error),
    #[error("a migration failed")]
    Migration(#[from] sqlx::migrate::MigrateError),
}

/// Applies every migration that is missing. Safe to call from several processes at once.
pub async fn run(pool: &PgPool) -> Result<(), MigrateError> {
    let mut conn = pool.acquire().await?.detach();
    lock(&mut conn).await?;
    let applied = MIGRATOR.run(&mut conn).await;
    // Closing the connection releases the lock whatever happened.
    conn.close().await?;
    Ok(applied?)
}

/// Compares the database's schema with the one that this release was built for.
pub async fn state(pool: &PgPool) -> Result<SchemaState, MigrateError> {
    let mut conn = pool.acquire().await?;
    conn.ensure_migrations_table(&MIGRATOR.table_name).await?;
    let applied: Vec<i64> = conn
        .list_applied_migrations(&MIGRATOR.table_name)
        .await?
        .into_iter()
        .map(|migration| migration.version)
        .collect();
    let known: Vec<i64> = MIGRATOR.iter().map(|migration| migration.version).collect();
    let unknown: Vec<i64> = applied
        .iter()
        .copied()
        .filter(|version| !known.contains(version))
        .collect();
    let missing: Vec<i64> = known
        .into_iter()
        .filter(|version| !applied.contains(version))
        .collect();
    Ok(match (unknown.is_empty(), missing.is_empty()) {
        (true, true) => SchemaState::Current,
        (true, false) => SchemaState::Behind { missing },
        (false, _) => SchemaState::Ahead { unknown },
    })
}

async fn lock(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    loop {
        let taken: bool = sqlx::query_scalar("select pg_try_advisory_lock($1)")
            .bind(LOCK)
            .fetch_one(&mut *conn)
            .await?;
        if taken {
            return Ok(());
        }
        tokio::time::sleep(POLL).await;
    }
}
