//! The way to the database: connections that are opened, tested and replaced.
//!
//! A pooler in transaction mode (PgBouncer) carries out each transaction on any server connection.
//! That one knows none of the statements prepared on another, or different ones by the same names.
//! So behind a pooler everything runs in a transaction that first forgets all statements, and nothing
//! relies on a session.

mod kept;
mod to_the_end;

use std::error::Error as StdError;
use std::iter::successors;
use std::ops::{Deref, DerefMut};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool, Postgres, SqlSafeStr, Transaction};

pub(crate) use kept::KeptConnection;
pub(crate) use to_the_end::ToTheEnd;

/// How long a request waits for a connection before it fails.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection idle for longer is tested before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// How long a test may take: a firewall that forgot a connection answers nothing.
const TEST_TAKES: Duration = Duration::from_secs(1);
/// Prepared statements kept per connection: more than we have.
const STATEMENTS: usize = 512;
/// The oldest Postgres that is supported, as `server_version_num`.
const OLDEST_POSTGRES: u32 = 15_00_00;
/// Set for each session as it starts. A pooler refuses or drops it, which shows that there is one.
const MARK: &str = "concierge.direct";

/// The database, over a pool of connections; cheap to clone.
#[derive(Clone)]
pub struct Database {
    pool: PgPool,
    pooled: bool,
    doubt: Doubt,
}

/// A connection on loan: for reading, or for single statements that change something.
pub enum Loan {
    /// Each statement is a transaction of its own.
    Direct(PoolConnection<Postgres>),
    /// Behind a pooler, all of them are one.
    Pooled(Transaction<'static, Postgres>),
}

/// When a connection was last found to be dead: the others may have died with it.
#[derive(Clone, Default)]
struct Doubt(Arc<Mutex<Option<Instant>>>);

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("this is no Postgres address")]
    Address(#[source] sqlx::Error),
    #[error("the database at {place} cannot be reached")]
    Unreachable {
        place: String,
        #[source]
        source: sqlx::Error,
    },
    #[error("the database at {place} is Postgres {version}; 15 or newer is needed")]
    TooOld { place: String, version: u32 },
}

impl Database {
    /// A pool of at most `connections`. Its first connection is opened to prove that it works, and
    /// returned so that the next step can use it instead of opening a second one.
    pub async fn connect(
        url: &SecretString,
        connections: u32,
    ) -> Result<(Self, Loan), ConnectError> {
        let options: PgConnectOptions =
            url.expose_secret().parse().map_err(ConnectError::Address)?;
        let place = place(&options);
        let unreachable = |source| {
            let place = place.clone();
            ConnectError::Unreachable { place, source }
        };
        let options = options
            .application_name("concierge")
            .extra_float_digits(None);
        let direct = Self::over(
            options
                .clone()
                .options([(MARK, "on")])
                .statement_cache_capacity(STATEMENTS),
            connections,
            false,
            Doubt::default(),
        );
        let is_direct = async {
            let mut first = direct.acquire().await?;
            let marked = is_marked(&mut first).await?;
            Ok(marked.then_some(first))
        };
        let (database, first) = match is_direct.await {
            Ok(Some(first)) => (direct, first),
            Ok(None) | Err(sqlx::Error::Database(_)) => {
                let options = options.statement_cache_capacity(0);
                let pooled = Self::over(options, connections, true, Doubt::default());
                let first = pooled.acquire().await.map_err(unreachable)?;
                (pooled, first)
            }
            Err(source) => return Err(unreachable(source)),
        };
        match first.server_version_num() {
            Some(version) if version < OLDEST_POSTGRES => Err(ConnectError::TooOld {
                place,
                version: version / 10_000,
            }),
            Some(_) | None => Ok((database, first)),
        }
    }

    fn over(options: PgConnectOptions, connections: u32, pooled: bool, doubt: Doubt) -> Self {
        let doubted = doubt.clone();
        let pool = PgPoolOptions::new()
            .max_connections(connections)
            .acquire_timeout(PATIENCE)
            .test_before_acquire(false)
            .before_acquire(move |conn, meta| {
                let trusted = meta.idle_for <= TRUSTED_FOR && !doubted.covers(meta.idle_for);
                let doubted = doubted.clone();
                Box::pin(async move {
                    if trusted {
                        return Ok(true);
                    }
                    let tested = tokio::time::timeout(TEST_TAKES, conn.ping()).await;
                    let is_alive = matches!(tested, Ok(Ok(())));
                    if !is_alive {
                        doubted.raise(); // those that are trusted may have died with it
                    }
                    Ok(is_alive)
                })
            })
            .connect_lazy_with(options);
        Self {
            pool,
            pooled,
            doubt,
        }
    }

    /// The same database over connections that plan each prepared statement once.
    ///
    /// The statements of support's queue take many optional parameters, so Postgres plans them again
    /// for every page, which costs more than running them. Other statements gain nothing from one
    /// plan, and storing events becomes slower, so the setting is not for every connection. Behind a
    /// pooler, nothing is planned twice. Where connections of one died, those of the other are in doubt, too.
    pub(crate) fn planning_once(&self, connections: u32) -> Self {
        let options = self.pool.connect_options().as_ref().clone();
        let options = match self.pooled {
            true => options,
            false => options.options([("plan_cache_mode", "force_generic_plan")]),
        };
        Self::over(options, connections, self.pooled, self.doubt.clone())
    }

    /// Whether there is a pooler between us and the database.
    pub fn is_pooled(&self) -> bool {
        self.pooled
    }

    /// A connection for reading. Behind a pooler it cannot write.
    pub async fn acquire(&self) -> Result<Loan, sqlx::Error> {
        match self.pooled {
            true => Ok(Loan::Pooled(
                self.begin_with("begin read only; deallocate all").await?,
            )),
            false => Ok(Loan::Direct(self.pool.acquire().await?)),
        }
    }

    /// A connection for single statements that change something; [`Loan::finish`] ends it.
    pub(crate) async fn acquire_for_write(&self) -> Result<Loan, sqlx::Error> {
        match self.pooled {
            true => Ok(Loan::Pooled(self.begin().await?)),
            false => Ok(Loan::Direct(self.pool.acquire().await?)),
        }
    }

    /// Begins a transaction.
    pub async fn begin(&self) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.begin_with(match self.pooled {
            true => "begin; deallocate all",
            false => "begin",
        })
        .await
    }

    /// The first statement shows whether the connection is alive, and nothing is lost with it.
    ///
    /// Once it is on its way, nobody gives it up: sqlx 0.9.0 would return the connection to the pool with the
    /// transaction open ([sqlx#4393](https://github.com/transact-rs/sqlx/issues/4393)). It is rolled back then.
    async fn begin_with(
        &self,
        statement: &'static str,
    ) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
        self.retried(async || {
            let conn = self.pool.acquire().await?;
            ToTheEnd::of(Transaction::begin(conn, Some(statement.into_sql_str()))).await
        })
        .await
    }

    /// Reads, and reads once more if the connection turns out to be dead.
    pub async fn retried<T, E, F>(&self, read: impl Fn() -> F) -> Result<T, E>
    where
        E: StdError + 'static,
        F: Future<Output = Result<T, E>>,
    {
        match read().await {
            Err(error) if is_connection_lost(&error) => {
                self.doubt_connections();
                read().await
            }
            outcome => outcome,
        }
    }

    /// Has every connection that is idle now tested before its next use.
    pub(crate) fn doubt_connections(&self) {
        self.doubt.raise();
    }

    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// A session of its own, outside the pool.
    pub(super) async fn session(&self) -> Result<PgConnection, sqlx::Error> {
        Ok(self.pool.acquire().await?.detach())
    }
}

/// A pool straight to the database.
impl From<PgPool> for Database {
    fn from(pool: PgPool) -> Self {
        Self {
            pool,
            pooled: false,
            doubt: Doubt::default(),
        }
    }
}

impl Loan {
    /// Keeps what was written.
    pub async fn finish(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Direct(_) => Ok(()),
            Self::Pooled(tx) => tx.commit().await,
        }
    }
}

impl Deref for Loan {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        match self {
            Self::Direct(conn) => conn,
            Self::Pooled(tx) => tx,
        }
    }
}

impl DerefMut for Loan {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Direct(conn) => conn,
            Self::Pooled(tx) => tx,
        }
    }
}

impl Doubt {
    fn raise(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
    }

    /// Whether a connection that is idle for so long was used last before the doubt.
    fn covers(&self, idle_for: Duration) -> bool {
        let raised = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        raised.is_some_and(|raised| raised.elapsed() <= idle_for)
    }
}

/// Whether an error says that the connection to the database is gone, so that another one may work.
pub(crate) fn is_connection_lost(error: &(dyn StdError + 'static)) -> bool {
    successors(Some(error), |&error| error.source()).any(|error| {
        match error.downcast_ref::<sqlx::Error>() {
            Some(sqlx::Error::Io(_)) => true,
            // Shut down, crashed or starting; class 08 is the connection itself.
            Some(sqlx::Error::Database(error)) => error
                .code()
                .is_some_and(|code| code.starts_with("57P0") || code.starts_with("08")),
            Some(_) | None => false,
        }
    })
}

/// Listens to a channel over a session of its own.
pub(super) async fn listen(url: &SecretString, channel: &str) -> Result<PgListener, sqlx::Error> {
    let options: PgConnectOptions = url.expose_secret().parse()?;
    let options = options
        .application_name("concierge")
        .extra_float_digits(None)
        .options([(MARK, "on")]);
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await?;
    let mut listener = PgListener::connect_with(&pool).await?;
    listener.listen(channel).await?;
    Ok(listener)
}

async fn is_marked(conn: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::raw_sql("select current_setting('concierge.direct', true) is not null")
        .fetch_one(conn)
        .await
        .and_then(|row| sqlx::Row::try_get(&row, 0))
}

/// Where a database is, without user and password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(folder) => format!("{}/{database}", folder.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}
