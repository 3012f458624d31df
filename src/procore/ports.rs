//! Storage the client depends on: tokens and rate budgets, shared by all replicas.
//!
//! Both live outside the process so that a restart reuses a valid token and all replicas together
//! stay inside one rate window. The in-memory implementations here serve a single process and the
//! unit tests.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use secrecy::{ExposeSecret, SecretString};

use super::rates::{Admission, Budget, RateHeaders, RateKey, Urgency, Wait};
use crate::identity::CredentialId;

/// The storage of tokens or budgets failed; says nothing about Procore.
#[derive(Debug, Clone, thiserror::Error)]
#[error("could not read or write the stored tokens or rate budgets for Procore")]
pub struct PortError(#[source] pub Arc<dyn std::error::Error + Send + Sync>);

impl PortError {
    /// Wraps the storage's own error.
    pub fn new(source: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self(Arc::new(source))
    }
}

/// Lease of the process that fetches a token; afterwards another may try.
/// Longer than the time limit of a fetch, shorter than the deadline of a call.
pub const MINT_LEASE: TimeDelta = TimeDelta::seconds(12);

/// An access token and its lifetime. `Debug` hides the token.
#[derive(Debug, Clone)]
pub struct Token {
    /// Opaque; anybody who has it may read what the firm granted.
    pub access_token: SecretString,
    pub minted_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl Token {
    /// Whether to use it: yes until four fifths of its life are over.
    pub(crate) fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        let life = self.expires_at - self.minted_at;
        now < self.minted_at + life * 4 / 5
    }

    /// Whether this is that very token.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.access_token.expose_secret() == other.access_token.expose_secret()
    }
}

/// What the caller that needs a token has to do.
#[derive(Debug, Clone)]
pub enum Claim {
    /// Use this one; it is fresh ([`Token::is_fresh`]).
    Good(Token),
    /// Fetch one, then `save` it or `release` the claim, which expires after [`MINT_LEASE`].
    Mint,
    /// Another caller is fetching one; ask again shortly.
    Wait,
}

/// Stores access tokens, one per credential, so that only one process at a time fetches one.
///
/// The key is our own id of the credential, so a replaced secret never uses its predecessor's token.
#[async_trait]
pub trait TokenCache: Send + Sync + 'static {
    /// Returns a fresh token; otherwise tells exactly one caller to fetch one, until it saves,
    /// releases or its lease expires. Atomic.
    async fn claim(&self, credential: CredentialId, now: DateTime<Utc>)
    -> Result<Claim, PortError>;

    /// Stores a new token and ends the claim.
    async fn save(&self, credential: CredentialId, token: &Token) -> Result<(), PortError>;

    /// Ends the claim of a caller that could not fetch a token.
    async fn release(&self, credential: CredentialId) -> Result<(), PortError>;

    /// The stored token at any age, for revoking it.
    async fn load(&self, credential: CredentialId) -> Result<Option<Token>, PortError>;

    /// Deletes a token that Procore refused. Does nothing if it was replaced meanwhile, so two calls
    /// refused at the same time cause one renewal.
    async fn forget(&self, credential: CredentialId, refused: &Token) -> Result<(), PortError>;
}

/// Decides when a call may be made, within Procore's windows and for all processes together.
///
/// An implementation stores one [`Budget`] per key and applies its methods atomically.
#[async_trait]
pub trait RateGate: Send + Sync + 'static {
    /// Asks to make one call. Each `Admission::Go` is followed by one `observe`.
    async fn acquire(
        &self,
        key: &RateKey,
        urgency: Urgency,
        now: DateTime<Utc>,
    ) -> Result<Admission, PortError>;

    /// Reports the rate headers of an admitted call's reply; default headers if there was none.
    async fn observe(
        &self,
        key: &RateKey,
        headers: RateHeaders,
        now: DateTime<Utc>,
    ) -> Result<(), PortError>;

    /// Blocks all calls of this key for the wait that Procore asked for.
    async fn block(&self, key: &RateKey, wait: Wait) -> Result<(), PortError>;
}

/// Tokens in memory, for a single process.
#[derive(Debug, Default)]
pub struct MemoryTokens {
    slots: Mutex<HashMap<CredentialId, Slot>>,
}

#[derive(Debug, Default)]
struct Slot {
    token: Option<Token>,
    claimed_until: Option<DateTime<Utc>>,
}

impl MemoryTokens {
    /// The token of one credential, if there is one.
    pub(crate) fn holding(credential: CredentialId, token: Option<Token>) -> Self {
        let slot = Slot {
            token,
            claimed_until: None,
        };
        Self {
            slots: Mutex::new(HashMap::from([(credential, slot)])),
        }
    }
}

#[async_trait]
impl TokenCache for MemoryTokens {
    async fn claim(
        &self,
        credential: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<Claim, PortError> {
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

    async fn save(&self, credential: CredentialId, token: &Token) -> Result<(), PortError> {
        let slot = Slot {
            token: Some(token.clone()),
            claimed_until: None,
        };
        lock(&self.slots).insert(credential, slot);
        Ok(())
    }

    async fn release(&self, credential: CredentialId) -> Result<(), PortError> {
        if let Some(slot) = lock(&self.slots).get_mut(&credential) {
            slot.claimed_until = None;
        }
        Ok(())
    }

    async fn load(&self, credential: CredentialId) -> Result<Option<Token>, PortError> {
        Ok(lock(&self.slots)
            .get(&credential)
            .and_then(|slot| slot.token.clone()))
    }

    async fn forget(&self, credential: CredentialId, refused: &Token) -> Result<(), PortError> {
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
        headers: RateHeaders,
        now: DateTime<Utc>,
    ) -> Result<(), PortError> {
        lock(&self.budgets)
            .entry(key.clone())
            .or_default()
            .observe(headers, now);
        Ok(())
    }

    async fn block(&self, key: &RateKey, wait: Wait) -> Result<(), PortError> {
        lock(&self.budgets)
            .entry(key.clone())
            .or_default()
            .block(wait);
        Ok(())
    }
}

/// Nothing here panics while it holds the lock, so a poisoned one holds whole data.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
