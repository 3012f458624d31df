//! The client of a process, and the handle for one company.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

use super::environment::{Environment, is_loopback};
use super::input::{ClientId, ClientSecret, CompanyId};
use super::ports::{RateGate, TokenCache};
use super::rates::{RateKey, Urgency};
use crate::clock::Clock;

/// What it takes to speak for one firm to its Procore company.
#[derive(Debug, Clone)]
pub struct Access {
    pub environment: Environment,
    pub client_id: ClientId,
    pub client_secret: ClientSecret,
    pub company_id: CompanyId,
    /// Our own id of this pair of credentials; tokens are kept under it.
    pub credential: Uuid,
}

/// How long and how often the client tries; the defaults suit Procore.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Longest time for a connection.
    pub connect: Duration,
    /// Longest time for one call with its token, waits and retries.
    pub deadline: Duration,
    /// Longest wait for a rate window inside a call; a longer one is handed to the caller.
    pub patience: Duration,
    /// How often a read is tried when Procore does not answer.
    pub attempts: u32,
    /// First pause between tries; it doubles, and a random share of it is waited.
    pub backoff: Duration,
    /// Calls at a time for one app in one company, in this process.
    pub at_a_time: usize,
    /// Largest body that is read, in bytes, decompressed.
    pub largest_body: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            deadline: Duration::from_secs(15),
            patience: Duration::from_secs(3),
            attempts: 3,
            backoff: Duration::from_millis(400),
            at_a_time: 4,
            largest_body: 32 * 1024 * 1024,
        }
    }
}

/// The HTTP client could not be set up (TLS).
#[derive(Debug, thiserror::Error)]
#[error("could not set up the HTTP client for Procore")]
pub struct BuildError(#[from] reqwest::Error);

/// Procore's API for this process; cheap to clone.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    /// Goes through the proxy of the machine's settings, if there is one.
    pub(super) http: reqwest::Client,
    /// Never does, for simulators on this machine.
    local: reqwest::Client,
    pub(super) clock: Clock,
    pub(super) tokens: Arc<dyn TokenCache>,
    pub(super) rates: Arc<dyn RateGate>,
    pub(super) policy: Policy,
    places: Mutex<HashMap<RateKey, Arc<Semaphore>>>,
}

impl Client {
    /// A client that introduces itself as `product_name` and shares tokens and rates through its
    /// two ports.
    pub fn new(
        product_name: &str,
        clock: Clock,
        tokens: Arc<dyn TokenCache>,
        rates: Arc<dyn RateGate>,
    ) -> Result<Self, BuildError> {
        Self::with_policy(product_name, clock, tokens, rates, Policy::default())
    }

    /// The same with a policy of one's own.
    pub fn with_policy(
        product_name: &str,
        clock: Clock,
        tokens: Arc<dyn TokenCache>,
        rates: Arc<dyn RateGate>,
        policy: Policy,
    ) -> Result<Self, BuildError> {
        let builder = || {
            reqwest::Client::builder()
                .user_agent(user_agent(product_name))
                .redirect(reqwest::redirect::Policy::none())
                .connect_timeout(policy.connect)
        };
        let (http, local) = (builder().build()?, builder().no_proxy().build()?);
        let places = Mutex::default();
        Ok(Self {
            inner: Arc::new(Inner {
                http,
                local,
                clock,
                tokens,
                rates,
                policy,
                places,
            }),
        })
    }

    /// The API of one company. Every call through it names that company.
    pub fn company(&self, access: Access, urgency: Urgency) -> CompanyApi {
        let key = RateKey {
            environment: access.environment.name.clone(),
            client_id: access.client_id.clone(),
            company_id: access.company_id,
        };
        let places = self.inner.places(&key);
        CompanyApi {
            client: Arc::clone(&self.inner),
            access: Arc::new(access),
            key,
            urgency,
            places,
            names_company: true,
        }
    }
}

/// The calls for one company; cheap to clone.
#[derive(Clone)]
pub struct CompanyApi {
    pub(super) client: Arc<Inner>,
    pub(super) access: Arc<Access>,
    pub(super) key: RateKey,
    pub(super) urgency: Urgency,
    pub(super) places: Arc<Semaphore>,
    /// Whether calls carry the company header; all do but one (see `companies`).
    pub(super) names_company: bool,
}

impl CompanyApi {
    /// The company that every call names.
    pub fn company_id(&self) -> CompanyId {
        self.access.company_id
    }

    /// The same without the company header, for the one list that may be asked for without.
    pub(super) fn naming_no_company(&self) -> Self {
        Self {
            names_company: false,
            ..self.clone()
        }
    }

    /// The environment it lives in.
    pub fn environment(&self) -> &Environment {
        &self.access.environment
    }
}

impl Inner {
    /// The HTTP client for an address.
    pub(super) fn http_for(&self, url: &Url) -> &reqwest::Client {
        if url.host().is_some_and(|host| is_loopback(&host)) {
            &self.local
        } else {
            &self.http
        }
    }

    /// The places of one app and company. Those that nobody holds any more are dropped.
    fn places(&self, key: &RateKey) -> Arc<Semaphore> {
        let mut places = self.places.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = places.get(key) {
            return Arc::clone(known);
        }
        places.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        let new = Arc::new(Semaphore::new(self.policy.at_a_time));
        places.insert(key.clone(), Arc::clone(&new));
        new
    }
}

/// A header cannot carry every product name: what it cannot becomes `-`.
fn user_agent(product_name: &str) -> String {
    let name: String = product_name
        .trim()
        .chars()
        .map(|c| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '-'
            }
        })
        .collect();
    let name = if name.is_empty() {
        "Concierge".to_owned()
    } else {
        name
    };
    format!("{name} (concierge {})", env!("CARGO_PKG_VERSION"))
}
