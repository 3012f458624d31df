//! The composition root: what every flow, job and page is given.

pub mod access;
pub mod deliveries;
pub mod endpoints;
pub mod late_writes;
mod news;
pub mod passwords;
pub mod rates;
mod removal_access;
pub mod tokens;

pub use access::AccessError;

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use lettre::{AsyncSmtpTransport, Tokio1Executor};
use secrecy::SecretString;

use crate::activity::ActivityVerb;
use crate::clock::Clock;
use crate::config::{Config, VendorApp};
use crate::identity::Actor;
use crate::procore::{self, Policy};
use crate::store::activities::NewActivity;
use crate::store::database::{ConnectError, Database, Loan};
use crate::vault::Vault;
use deliveries::Deliveries;
use endpoints::Endpoints;
use late_writes::LateWrites;
use passwords::Passwords;
use rates::Rates;
use tokens::Tokens;

/// Connections of one process. Pages hold one for a few milliseconds, jobs for one write.
const CONNECTIONS: u32 = 16;
/// Connections for support's queue; opened when first needed.
const QUEUE_CONNECTIONS: u32 = 4;
/// Everything a flow needs; cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Wired>);

/// What an [`App`] is made of.
pub struct Wired {
    pub db: Database,
    /// The same database, for reading support's queue: see [`Database::planning_once`].
    pub queue_db: Database,
    pub clock: Clock,
    pub vault: Vault,
    pub passwords: Passwords,
    pub deliveries: Deliveries,
    pub endpoints: Endpoints,
    pub late_writes: LateWrites,
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

impl App {
    /// Connects to the database and builds the app. Does not check the schema; the opened connection
    /// is returned for that.
    pub async fn connect(config: Config, clock: Clock) -> Result<(Self, Loan), ConnectError> {
        let (db, first) = Database::connect(&config.database_url, CONNECTIONS).await?;
        Ok((Self::new(db, config, clock), first))
    }

    /// Where the database tells of new work; through a pooler it does not.
    pub fn listen_url(&self) -> Option<&SecretString> {
        let own = self.config.database_listen_url.as_ref();
        own.or_else(|| (!self.db.is_pooled()).then_some(&self.config.database_url))
    }

    /// A path of ours as a link in a mail. It may carry a token.
    pub fn link(&self, path: &str) -> SecretString {
        let base = self.config.public_url.as_str().trim_end_matches('/');
        SecretString::from(format!("{base}{path}"))
    }

    /// Whether mails leave this machine; without a mail server they are only kept.
    pub fn mails_leave(&self) -> bool {
        self.config.smtp.is_some()
    }

    /// Builds the app around a database.
    pub fn new(db: impl Into<Database>, config: Config, clock: Clock) -> Self {
        Self::with_policy(db, config, clock, Policy::default())
    }

    /// The same with a custom Procore policy.
    pub fn with_policy(
        db: impl Into<Database>,
        config: Config,
        clock: Clock,
        policy: Policy,
    ) -> Self {
        let db = db.into();
        let vault = Vault::new(config.encryption_keys.clone());
        let procore = procore::Client::with_policy(
            &config.product_name,
            clock.clone(),
            Tokens::with_vendor(
                db.clone(),
                vault.clone(),
                clock.clone(),
                config.vendor_apps.iter().map(VendorApp::token_id),
            ),
            Rates::with_vendor(
                db.clone(),
                config.procore_hourly_calls,
                config.reconcile_percent,
                config
                    .vendor_apps
                    .iter()
                    .map(|it| (it.environment.clone(), it.client_id.as_str().to_owned())),
            ),
            policy,
        );
        Self(Arc::new(Wired {
            config,
            deliveries: Deliveries::new(db.clone(), clock.clone()),
            endpoints: Endpoints::default(),
            queue_db: db.planning_once(QUEUE_CONNECTIONS),
            db,
            clock,
            vault,
            passwords: Passwords::new(),
            late_writes: LateWrites::new(),
            procore,
            smtp: OnceLock::new(),
        }))
    }
}

impl App {
    /// Begins the activity of `actor`.
    pub fn activity<'a>(&self, actor: &'a Actor, verb: ActivityVerb) -> NewActivity<'a> {
        NewActivity::new(self.clock.new_id(), self.clock.now(), actor, verb)
    }
}
