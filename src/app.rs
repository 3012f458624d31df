//! The composition root: what every flow, job and page is given.

pub mod access;
pub mod rates;
pub mod tokens;

pub use access::AccessError;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::{ExposeSecret, SecretString};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgPool, Postgres};

use crate::activity::ActivityVerb;
use crate::clock::Clock;
use crate::config::Config;
use crate::identity::Actor;
use crate::procore::{self, Policy};
use crate::store::activities::NewActivity;
use crate::vault::Vault;
use rates::Rates;
use tokens::Tokens;

/// Connections of one process. Pages hold one for a few milliseconds, jobs for one write.
const CONNECTIONS: u32 = 16;
/// Connections for support's queue; opened when first needed.
const QUEUE_CONNECTIONS: u32 = 4;
/// How long a request waits for a connection before it fails.
const PATIENCE: Duration = Duration::from_secs(5);
/// A connection idle for longer is tested before it is used.
const TRUSTED_FOR: Duration = Duration::from_secs(5);
/// Prepared statements kept per connection: more than we have.
const STATEMENTS: usize = 512;
/// The oldest Postgres that is supported, as `server_version_num`.
const OLDEST_POSTGRES: u32 = 15_00_00;

/// Everything a flow needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Wired>);

/// What an [`App`] is made of.
pub struct Wired {
    pub db: PgPool,
    /// The same database, for reading support's queue: see [`for_queue`].
    pub queue_db: PgPool,
    pub clock: Clock,
    pub vault: Vault,
    pub procore: procore::Client,
    /// The way to the mail server, with its open connections; made for the first mail.
    pub smtp: OnceLock<AsyncSmtpTransport<Tokio1Executor>>,
    pub config: Config,
}

impl Deref for App {
    type Target = Wired;

    fn deref(&self) -> &Wired {
        &self.0
    }
}

/// Why the database cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    #[error("DATABASE_URL is not a Postgres address")]
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

impl App {
    /// Connects to the database and builds the app. Does not check the schema; the opened connection
    /// is returned for that.
    pub async fn connect(config: Config, clock: Clock) -> Result<(Self, First), ConnectError> {
        let (db, first) = connect(&config.database_url, CONNECTIONS).await?;
        Ok((Self::new(db, config, clock), first))
    }

    /// A path of ours as a link in a mail. It may carry a token.
    pub fn link(&self, path: &str) -> SecretString {
        let base = self.config.public_url.as_str().trim_end_matches('/');
        SecretString::from(format!("{base}{path}"))
    }

    /// Builds the app around an existing pool.
    pub fn new(db: PgPool, config: Config, clock: Clock) -> Self {
        Self::with_policy(db, config, clock, Policy::default())
    }

    /// The same with a custom Procore policy.
    pub fn with_policy(db: PgPool, config: Config, clock: Clock, policy: Policy) -> Self {
        let vault = Vault::new(config.encryption_keys.clone());
        let procore = procore::Client::with_policy(
            &config.product_name,
            clock.clone(),
            Tokens::new(db.clone(), vault.clone()),
            Rates::new(db.clone(), config.procore_hourly_calls),
            policy,
        );
        Self(Arc::new(Wired {
            config,
            queue_db: for_queue(&db),
            db,
            clock,
            vault,
            procore,
            smtp: OnceLock::new(),
        }))
    }
}

/// The first connection of a pool. It is returned so that the next step can use it instead of
/// opening a second one.
pub type First = PoolConnection<Postgres>;

/// A pool of at most `connections`, and its first connection, opened to prove that it works.
pub async fn connect(
    url: &SecretString,
    connections: u32,
) -> Result<(PgPool, First), ConnectError> {
    let options: PgConnectOptions = url.expose_secret().parse().map_err(ConnectError::Address)?;
    let place = place(&options);
    let options = options
        .application_name("concierge")
        .statement_cache_capacity(STATEMENTS);
    let pool = PgPoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(PATIENCE)
        .test_before_acquire(false)
        .before_acquire(|conn, meta| {
            Box::pin(async move {
                match meta.idle_for > TRUSTED_FOR {
                    true => Ok(conn.ping().await.is_ok()),
                    false => Ok(true),
                }
            })
        })
        .connect_lazy_with(options);
    let first = match pool.acquire().await {
        Ok(first) => first,
        Err(source) => return Err(ConnectError::Unreachable { place, source }),
    };
    match first.server_version_num() {
        Some(version) if version < OLDEST_POSTGRES => Err(ConnectError::TooOld {
            place,
            version: version / 10_000,
        }),
        Some(_) | None => Ok((pool, first)),
    }
}

/// A pool whose connections plan each prepared statement once.
///
/// The queue's statements take many optional parameters, so Postgres plans them again for every page,
/// which costs more than running them. Other statements gain nothing from one plan, and storing
/// events becomes slower, so the setting is not for every connection.
fn for_queue(db: &PgPool) -> PgPool {
    let options = db.connect_options().as_ref().clone();
    PgPoolOptions::new()
        .max_connections(QUEUE_CONNECTIONS)
        .acquire_timeout(PATIENCE)
        .connect_lazy_with(options.options([("plan_cache_mode", "force_generic_plan")]))
}

/// Where a database is, without user and password.
fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    match options.get_socket() {
        Some(folder) => format!("{}/{database}", folder.display()),
        None => format!("{}:{}/{database}", options.get_host(), options.get_port()),
    }
}

impl App {
    /// Begins the activity of `actor`.
    pub fn activity<'a>(&self, actor: &'a Actor, verb: ActivityVerb) -> NewActivity<'a> {
        NewActivity::new(self.clock.new_id(), self.clock.now(), actor, verb)
    }
}
