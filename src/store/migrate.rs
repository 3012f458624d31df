//! Migrates the schema to this release, and checks whether it matches.
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

/// How the database's schema compares to this release.
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

/// The migration lock, held by one process at a time until it is released or its connection ends.
pub struct Turn {
    conn: PgConnection,
}

impl Turn {
    /// Waits for the migration lock of this database.
    pub async fn wait(pool: &PgPool) -> Result<Self, MigrateError> {
        let mut conn = pool.acquire().await?.detach();
        lock(&mut conn).await?;
        Ok(Self { conn })
    }

    /// Applies every missing migration and returns their versions.
    pub async fn apply(&mut self) -> Result<Vec<i64>, MigrateError> {
        let before = applied(&mut self.conn).await?;
        MIGRATOR.run(&mut self.conn).await?;
        let mut after = applied(&mut self.conn).await?;
        after.retain(|version| !before.contains(version));
        Ok(after)
    }

    /// Releases the lock by closing the connection.
    pub async fn release(self) -> Result<(), MigrateError> {
        Ok(self.conn.close().await?)
    }
}

/// Applies every missing migration. Safe to call from several processes at once.
pub async fn run(pool: &PgPool) -> Result<(), MigrateError> {
    let mut turn = Turn::wait(pool).await?;
    // An error drops the connection, which releases the lock as well.
    turn.apply().await?;
    turn.release().await
}

/// Compares the database's schema with the one that this release was built for. Writes nothing.
pub async fn state(conn: &mut PgConnection) -> Result<SchemaState, MigrateError> {
    let applied = applied(conn).await?;
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

/// The applied versions; empty for a new database.
async fn applied(conn: &mut PgConnection) -> Result<Vec<i64>, MigrateError> {
    match conn.list_applied_migrations(&MIGRATOR.table_name).await {
        Ok(applied) => Ok(applied.into_iter().map(|it| it.version).collect()),
        Err(sqlx::migrate::MigrateError::Execute(error)) if is_undefined_table(&error) => {
            Ok(Vec::new())
        }
        Err(error) => Err(error.into()),
    }
}

fn is_undefined_table(error: &sqlx::Error) -> bool {
    let code = error.as_database_error().and_then(|error| error.code());
    code.as_deref() == Some("42P01")
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
