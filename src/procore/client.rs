//! The process-wide client, and the handle for one company.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use super::environment::Environment;
use super::http_clients::{BuildError, HttpClients};
use super::input::{ClientId, ClientSecret, CompanyId};
use super::ports::{RateGate, TokenCache};
use super::rates::{RateKey, Urgency};
use crate::clock::Clock;
use crate::identity::CredentialId;

/// What is needed to call Procore on behalf of one firm.
#[derive(Debug, Clone)]
pub struct Access {
    pub environment: Environment,
    pub client_id: ClientId,
    pub client_secret: ClientSecret,
    pub company_id: CompanyId,
    /// Our own id of this pair of credentials; tokens are stored under it.
    pub credential: CredentialId,
    pub owner: ClientOwner,
}

/// Whose client it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientOwner {
    /// The firm's own.
    Firm,
    /// The vendor's. Its token serves every firm, so none of them may end it.
    Vendor,
}

/// Timeouts, retries and limits; the defaults suit Procore.
#[derive(Debug, Clone)]
pub struct Policy {
    /// Connect timeout.
    pub connect: Duration,
    /// Deadline of one call with its token, waits and retries.
    pub deadline: Duration,
    /// Longest wait for a rate window inside a call; longer ones are returned to the caller.
    pub patience: Duration,
    /// Attempts of a read when Procore does not answer.
    pub attempts: u32,
    /// First backoff between attempts; it doubles and is jittered.
    pub backoff: Duration,
    /// Concurrent calls for one app in one company, in this process.
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

/// Procore's API for this process; cheap to clone.
#[derive(Clone)]
pub struct Client {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) http: Arc<HttpClients>,
    pub(super) clock: Clock,
    pub(super) tokens: Arc<dyn TokenCache>,
    pub(super) rates: Arc<dyn RateGate>,
    pub(super) policy: Policy,
    slots: Mutex<HashMap<RateKey, Arc<Semaphore>>>,
}

impl Client {
    /// A client with `product_name` in its user agent; tokens and rates are shared through the two
    /// ports.
    pub fn new(
        product_name: &str,
        clock: Clock,
        tokens: Arc<dyn TokenCache>,
        rates: Arc<dyn RateGate>,
    ) -> Self {
        Self::with_policy(product_name, clock, tokens, rates, Policy::default())
    }

    /// The same with a custom policy.
    pub fn with_policy(
        product_name: &str,
        clock: Clock,
        tokens: Arc<dyn TokenCache>,
        rates: Arc<dyn RateGate>,
        policy: Policy,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                http: Arc::new(HttpClients::new(product_name, policy.connect)),
                clock,
                tokens,
                rates,
                policy,
                slots: Mutex::default(),
            }),
        }
    }

    /// The same client, with tokens and rates kept elsewhere.
    pub fn keeping(&self, tokens: Arc<dyn TokenCache>, rates: Arc<dyn RateGate>) -> Self {
        let Inner {
            http,
            clock,
            policy,
            ..
        } = &*self.inner;
        Self {
            inner: Arc::new(Inner {
                http: http.clone(),
                clock: clock.clone(),
                tokens,
                rates,
                policy: policy.clone(),
                slots: Mutex::default(),
            }),
        }
    }

    /// Where this client keeps its rate budgets.
    pub(super) fn rates(&self) -> Arc<dyn RateGate> {
        Arc::clone(&self.inner.rates)
    }

    /// Builds the HTTP client ahead of the first call.
    pub async fn prepare(&self) -> Result<(), BuildError> {
        self.inner.http.outside().await.map(drop)
    }

    /// The API of one company. Every call through it names that company.
    pub fn company(&self, access: Access, urgency: Urgency) -> CompanyApi {
        let key = RateKey {
            environment: access.environment.name.clone(),
            client_id: access.client_id.clone(),
            company_id: access.company_id,
        };
        let slots = self.inner.slots(&key);
        CompanyApi {
            client: Arc::clone(&self.inner),
            access: Arc::new(access),
            key,
            urgency,
            slots,
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
    pub(super) slots: Arc<Semaphore>,
    /// Whether calls carry the company header; all but one do (see `companies`).
    pub(super) names_company: bool,
}

impl CompanyApi {
    /// The company every call is for.
    pub fn company_id(&self) -> CompanyId {
        self.access.company_id
    }

    /// The same without the company header, for the one list that allows it.
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
    /// The slots of one app and company; unused entries are dropped.
    fn slots(&self, key: &RateKey) -> Arc<Semaphore> {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = slots.get(key) {
            return Arc::clone(known);
        }
        slots.retain(|_, semaphore| Arc::strong_count(semaphore) > 1);
        let new = Arc::new(Semaphore::new(self.policy.at_a_time));
        slots.insert(key.clone(), Arc::clone(&new));
        new
    }
}
