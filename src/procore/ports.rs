//! What the client needs kept for it: tokens and rate budgets, shared by all replicas.
//!
//! Both are kept outside the process so that a restart does not fetch a token again while one is
//! good, and so that two replicas together stay inside one window. The in-memory ones here
//! serve a single process and the unit tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use uuid::Uuid;

use super::rates::{Admission, Budget, Headers, RateKey, Urgency};
use super::token::Token;

/// Where tokens or budgets are kept has failed; says nothing about Procore.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not reach what is kept about Procore")]
pub struct PortError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl PortError {
    /// Wraps what the keeper reported.
    pub fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

/// How long a process may take to fetch a token before another may try.
/// Longer than the client takes to fetch one, shorter than its deadline of a call.
pub const MINT_LEASE: TimeDelta = TimeDelta::seconds(12);

/// What a process that wants a token is to do.
#[derive(Debug, Clone)]
pub enum Claim {
    /// This one is good ([`Token::is_fresh`]).
    Good(Token),
    /// Fetch one, then `save` it or `release` the claim; it lapses after [`MINT_LEASE`].
    Mint,
    /// Somebody else is fetching one; ask again shortly.
    Wait,
}

/// Keeps access tokens, one per credential, so that only one process at a time fetches one.
///
/// The key is our own id of the credential: a replaced secret never meets its predecessor's token.
#[async_trait]
pub trait TokenCache: Send + Sync + 'static {
    /// Decides atomically: a fresh token is handed out; otherwise exactly one caller is told to
    /// fetch one until it saves, releases or its lease lapses.
    async fn claim(&self, credential: Uuid, now: DateTime<Utc>) -> Result<Claim, PortError>;

    /// Keeps a new token and ends the claim.
    async fn save(&self, credential: Uuid, token: &Token) -> Result<(), PortError>;

    /// Ends the claim of a caller that could not fetch a token.
    async fn release(&self, credential: Uuid) -> Result<(), PortError>;

    /// The kept token, whatever its age, for revoking it.
    async fn load(&self, credential: Uuid) -> Result<Option<Token>, PortError>;

    /// Drops a token that Procore refused. Does nothing if another one has taken its place, so
    /// two calls refused at the same time cause one renewal.
    async fn forget(&self, credential: Uuid, refused: &Token) -> Result<(), PortError>;
}

/// Decides when a call may be made, within Procore's windows and for all processes together.
///
/// An implementation keeps one [`Budget`] per key and applies its verbs atomically.
#[async_trait]
pub trait RateGate: Send + Sync + 'static {
    /// Asks to make one call. Each `Admission::Go` is followed by one `observe`.
    async fn acquire(
        &self,
        key: &RateKey,
        urgency: Urgency,
        now: DateTime<Utc>,
    ) -> Result<Admission, PortError>;

    /// Tells what the answer to an admitted call said about the windows; nothing, if none came.
    async fn observe(
        &self,
        key: &RateKey,
        headers: Headers,
        now: DateTime<Utc>,
    ) -> Result<(), PortError>;

    /// Stops all calls of this key until a time that Procore named.
    async fn blocked_until(&self, key: &RateKey, until: DateTime<Utc>) -> Result<(), PortError>;
}

/// Tokens of a single process.
#[derive(Debug, Default)]
pub struct MemoryTokens {
    slots: Mutex<HashMap<Uuid, Slot>>,
}

#[derive(Debug, Default)]
struct Slot {
    token: Option<Token>,
    claimed_until: Option<DateTime<Utc>>,
}

#[async_trait]
impl TokenCache for MemoryTokens {
    async fn claim(&self, credential: Uuid, now: DateTime<Utc>) -> Result<Claim, PortError> {
        let mut slots = lock(&self.slots);
        let slot = slots.entry(credential).or_default();
        if let Some(token) = slot.token.as_ref().filter(|token| token.is_fresh(now)) {
            return Ok(Claim::Good(token.clone()));
        }
        if slot.claimed_until.is_some_and(|until| now < until) {
            return Ok(Claim::Wait);
        }
        slot.claimed_until = Some(now + MINT_LEASE);
        Ok(Claim::Mint)
    }

    async fn save(&self, credential: Uuid, token: &Token) -> Result<(), PortError> {
        let slot = Slot {
            token: Some(token.clone()),
            claimed_until: None,
        };
        lock(&self.slots).insert(credential, slot);
        Ok(())
    }

    async fn release(&self, credential: Uuid) -> Result<(), PortError> {
        if let Some(slot) = lock(&self.slots).get_mut(&credential) {
            slot.claimed_until = None;
        }
        Ok(())
    }

    async fn load(&self, credential: Uuid) -> Result<Option<Token>, PortError> {
        Ok(lock(&self.slots)
            .get(&credential)
            .and_then(|slot| slot.token.clone()))
    }

    async fn forget(&self, credential: Uuid, refused: &Token) -> Result<(), PortError> {
        if let Some(slot) = lock(&self.slots).get_mut(&credential)
            && slot
                .token
                .as_ref()
                .is_some_and(|token| token.is_same(refused))
        {
            slot.token = None;
        }
        Ok(())
    }
}

/// Rate budgets of a single process.
#[derive(Debug, Default)]
pub struct MemoryRates {
    budgets: Mutex<HashMap<RateKey, Budget>>,
}

#[async_trait]
impl RateGate for MemoryRates {
    async fn acquire(
        &self,
        key: &RateKey,
        urgency: Urgency,
        now: DateTime<Utc>,
    ) -> Result<Admission, PortError> {
        let mut budgets = lock(&self.budgets);
        Ok(budgets
            .entry(key.clone())
            .or_default()
            .acquire(urgency, now))
    }

    async fn observe(
        &self,
        key: &RateKey,
        headers: Headers,
        now: DateTime<Utc>,
    ) -> Result<(), PortError> {
        lock(&self.budgets)
            .entry(key.clone())
            .or_default()
            .observe(headers, now);
        Ok(())
    }

    async fn blocked_until(&self, key: &RateKey, until: DateTime<Utc>) -> Result<(), PortError> {
        lock(&self.budgets)
            .entry(key.clone())
            .or_default()
            .block(until);
        Ok(())
    }
}

/// Nothing here panics while it holds the lock, so a poisoned one holds whole data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
