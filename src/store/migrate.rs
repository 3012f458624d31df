//! Migrates the schema to this release, and checks whether it matches.
//!
//! The lock is our own, taken by polling: `create index concurrently` waits for every other
//! transaction, so a second migrator that waits inside one (as sqlx's own locking does) would
//! deadlock with it.

use std::fmt::{self, Display, Formatter};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use sqlx::migrate::{Migrate, Migrator};
use sqlx::{Connection, PgConnection, Postgres, Transaction};

use super::database::Database;
use super::roles;

static MIGRATOR: Migrator = Migrator {
    locking: false,
    ..sqlx::migrate!()
};

/// Names our lock among the advisory locks of the database.
const LOCK: i64 = 0x636f_6e63_6965_7267;
const POLL: Duration = Duration::from_millis(200);
/// How long to wait for another process that migrates.
const PATIENCE: Duration = Duration::from_secs(30);

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
    #[error(
        "the migration lock is taken: {holder}. Run this again when it has migrated; if it is not \
         migrating, end it with `select pg_terminate_backend({})`", holder.pid
    )]
    Locked { holder: Holder },
    #[error(
        "a missing migration cannot run through a pooler. Give `concierge migrate` the database's \
         own address as DATABASE_URL"
    )]
    Pooled,
    #[error(
        "CONCIERGE_DATABASE_ROLE is {role:?}, and the database has no such role. Create it with \
         `create role {role} login password '…'` and run this again; the schema is migrated"
    )]
    NoSuchRole { role: String },
    #[error(
        "CONCIERGE_READER_ROLE is {role:?}, the database has no such role, and the role of DATABASE_URL \
         may not create one. Create it with `create role {role}` and run this again; the schema is \
         migrated"
    )]
    NoReader { role: String },
    #[error(
        "CONCIERGE_READER_ROLE is {role:?}, which can read {table}. Name a role of its own for the host \
         product, which is to read what was copied and nothing else; the schema is migrated"
    )]
    ReaderReadsMore { role: String, table: String },
    #[error("the schema is newer than this release")]
    Ahead(SchemaState),
}

/// The session that has the migration lock.
#[derive(Debug, sqlx::FromRow)]
pub struct Holder {
    pid: i32,
    application_name: Option<String>,
    address: Option<String>,
    backend_start: Option<DateTime<Utc>>,
    state_change: Option<DateTime<Utc>>,
}

impl Display for Holder {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let time = |at: Option<DateTime<Utc>>| match at {
            Some(at) => at.format("%F %T UTC").to_string(),
            None => "an unknown time".to_owned(),
        };
        let name = self.application_name.as_deref().unwrap_or_default();
        let address = self.address.as_deref().unwrap_or("this machine");
        write!(
            f,
            "process {} ({name:?} from {address}) has had a connection since {} and last did \
             something at {}",
            self.pid,
            time(self.backend_start),
            time(self.state_change),
        )
    }
}

/// The migration lock, held by one process at a time until it is released or its connection ends.
pub enum Turn {
    /// Held by a session, which migrates as well.
    Direct(PgConnection),
    /// Held by a transaction, in which every migration runs: behind a pooler a session is nobody's.
    Pooled(Transaction<'static, Postgres>),
}

impl Turn {
    /// Waits for the migration lock of this database, for no longer than `patience`.
    pub async fn wait(database: &Database, patience: Duration) -> Result<Self, MigrateError> {
        let mut turn = match database.is_pooled() {
            true => Self::Pooled(database.begin().await?),
            false => Self::Direct(database.session().await?),
        };
        let deadline = Instant::now() + patience;
        let mut is_told = false;
        while !turn.try_lock().await? {
            if let Some(holder) = find_holder(turn.conn()).await? {
                if Instant::now() >= deadline {
                    return Err(MigrateError::Locked { holder });
                }
                if !std::mem::replace(&mut is_told, true) {
                    tracing::info!("Waiting for the migration lock: {holder}");
                }
            }
            tokio::time::sleep(POLL).await;
        }
        Ok(turn)
    }

    /// Applies every missing migration and returns their versions.
    pub async fn apply(&mut self) -> Result<Vec<i64>, MigrateError> {
        let before = applied(self.conn()).await?;
        let mut missing = MIGRATOR.iter().filter(|it| !before.contains(&it.version));
        match self {
            Self::Pooled(_) if missing.any(|it| it.no_tx) => return Err(MigrateError::Pooled),
            Self::Pooled(_) | Self::Direct(_) => MIGRATOR.run(self.conn()).await?,
        }
        let mut after = applied(self.conn()).await?;
        after.retain(|version| !before.contains(version));
        Ok(after)
    }

    /// Lets the host product's role read what was copied; makes the role if it is not there.
    async fn admit_reader(&mut self, role: &str) -> Result<(), MigrateError> {
        let conn = self.conn();
        if !roles::exists(conn, role).await? {
            if !roles::can_create(conn).await? {
                let role = role.to_owned();
                return Err(MigrateError::NoReader { role });
            }
            roles::create_reader(conn, role).await?;
        }
        if let Some(table) = roles::readable_table(conn, role).await? {
            let role = role.to_owned();
            return Err(MigrateError::ReaderReadsMore { role, table });
        }
        Ok(roles::grant_reading(conn, role).await?)
    }

    /// Grants a role what serving takes.
    async fn grant(&mut self, role: &str) -> Result<(), MigrateError> {
        if !roles::exists(self.conn(), role).await? {
            let role = role.to_owned();
            return Err(MigrateError::NoSuchRole { role });
        }
        Ok(roles::grant(self.conn(), role).await?)
    }

    /// Releases the lock, and keeps what was done.
    pub async fn release(self) -> Result<(), MigrateError> {
        match self {
            Self::Direct(session) => Ok(session.close().await?),
            Self::Pooled(tx) => Ok(tx.commit().await?),
        }
    }

    fn conn(&mut self) -> &mut PgConnection {
        match self {
            Self::Direct(session) => session,
            Self::Pooled(tx) => tx,
        }
    }

    async fn try_lock(&mut self) -> Result<bool, sqlx::Error> {
        let lock = match self {
            Self::Direct(_) => "select pg_try_advisory_lock($1)",
            Self::Pooled(_) => "select pg_try_advisory_xact_lock($1)",
        };
        let lock = sqlx::query_scalar(lock).bind(LOCK);
        lock.fetch_one(self.conn()).await
    }
}

/// The roles that get rights besides the owner.
#[derive(Debug, Clone, Copy, Default)]
pub struct Roles<'a> {
    /// The one that serves.
    pub serving: Option<&'a str>,
    /// The one that the host product reads with.
    pub reader: Option<&'a str>,
}

/// Applies every missing migration and grants the roles their rights. Safe to call from several
/// processes at once.
pub async fn run(database: &Database, roles: Roles<'_>) -> Result<Vec<i64>, MigrateError> {
    let mut turn = Turn::wait(database, PATIENCE).await?;
    if let state @ SchemaState::Ahead { .. } = state(turn.conn()).await? {
        return Err(MigrateError::Ahead(state));
    }
    // An error drops the connection, which releases the lock as well.
    let applied = turn.apply().await?;
    if let Some(role) = roles.serving {
        turn.grant(role).await?;
    }
    if let Some(role) = roles.reader {
        turn.admit_reader(role).await?;
    }
    turn.release().await?;
    Ok(applied)
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
    let is_new = sqlx::query_scalar("select to_regclass($1) is null")
        .bind(&*MIGRATOR.table_name)
        .fetch_one(&mut *conn)
        .await?;
    if is_new {
        return Ok(Vec::new());
    }
    match conn.list_applied_migrations(&MIGRATOR.table_name).await {
        Ok(applied) => Ok(applied.into_iter().map(|it| it.version).collect()),
        // Only reading: no migration has failed.
        Err(sqlx::migrate::MigrateError::Execute(error)) => Err(error.into()),
        Err(error) => Err(error.into()),
    }
}

/// Finds who has the migration lock, as far as the database lets us see.
async fn find_holder(conn: &mut PgConnection) -> Result<Option<Holder>, sqlx::Error> {
    sqlx::query_as(
        r#"
        select pid, application_name, host(client_addr) as address, backend_start, state_change
        from pg_locks
        join pg_stat_activity using (pid)
        where locktype = 'advisory' and granted and objsubid = 1
          and database = (select oid from pg_database where datname = current_database())
          and classid::bigint = $1 >> 32 and objid::bigint = $1 & 4294967295
        limit 1
        "#,
    )
    .bind(LOCK)
    .fetch_optional(conn)
    .await
}
