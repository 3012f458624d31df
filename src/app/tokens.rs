//! Procore's access tokens, sealed in Postgres and shared by all replicas.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::clock::Clock;
use crate::identity::{Actor, CredentialId, FirmId, Throttle};
use crate::procore::{Claim, MINT_LEASE, PortError, Token, TokenCache};
use crate::store::StoreError;
use crate::store::activities::{self, NewActivity};
use crate::store::database::Database;
use crate::store::throttles;
use crate::store::tokens::{self, KeptToken};
use crate::telemetry::SecurityEvent;
use crate::vault::{Purpose, Vault, VaultError};

/// Stores tokens in the database and caches those this process uses.
///
/// The cache may be stale after another replica dropped a token that Procore refused. Procore then
/// refuses it here as well, it is dropped, and the next claim reads the database.
pub struct Tokens {
    db: Database,
    vault: Vault,
    clock: Clock,
    used: Mutex<HashMap<CredentialId, Used>>,
}

/// What this process knows of a credential.
#[derive(Clone)]
struct Used {
    firm_id: FirmId,
    token: Option<Token>,
}

#[derive(Debug, thiserror::Error)]
enum Failed {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Vault(#[from] VaultError),
    #[error("no database connection is available")]
    Pool(#[from] sqlx::Error),
    #[error("the credential {0} is not stored")]
    NoSuchCredential(CredentialId),
}

impl From<Failed> for PortError {
    fn from(failed: Failed) -> Self {
        Self::new(failed)
    }
}

impl Tokens {
    pub fn new(db: impl Into<Database>, vault: Vault, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            db: db.into(),
            vault,
            clock,
            used: Mutex::default(),
        })
    }

    async fn owner(&self, credential: CredentialId) -> Result<FirmId, Failed> {
        let known = self.used().get(&credential).map(|used| used.firm_id);
        if let Some(firm_id) = known {
            return Ok(firm_id);
        }
        let mut conn = self.db.acquire().await?;
        let firm_id = tokens::find_owner(&mut conn, credential).await?;
        firm_id.ok_or(Failed::NoSuchCredential(credential))
    }

    /// Unseals a stored token. One that does not open (its key is gone) counts as none: the next is
    /// fetched with the client secret, which reports the missing key if it does not open either.
    fn open(&self, firm_id: FirmId, kept: &KeptToken) -> Option<Token> {
        match self.vault.open(Purpose::ProcoreToken, firm_id, &kept.token) {
            Ok(access_token) => Some(Token {
                access_token,
                minted_at: kept.minted_at,
                expires_at: kept.expires_at,
            }),
            Err(error) => {
                tracing::warn!(firm.id = %firm_id, "A kept Procore token does not open: {error}");
                None
            }
        }
    }

    async fn try_claim(
        &self,
        credential: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<Claim, Failed> {
        let firm_id = self.owner(credential).await?;
        let mut conn = self.db.acquire_for_write().await?;
        let kept = tokens::find(&mut conn, firm_id, credential).await?;
        let token = kept.as_ref().and_then(|kept| self.open(firm_id, kept));
        if let Some(token) = token.filter(|token| token.is_fresh(now)) {
            self.remember(credential, firm_id, Some(&token), now);
            return Ok(Claim::Good(token));
        }
        let seen = kept.map(|kept| kept.minted_at);
        let until = now + MINT_LEASE;
        let claimed = tokens::claim(&mut conn, firm_id, credential, seen, now, until).await?;
        if claimed {
            self.record_use(&mut conn, firm_id, now).await?;
        }
        conn.finish().await?;
        Ok(if claimed { Claim::Mint } else { Claim::Wait })
    }

    /// Records that a token is about to be asked for with the firm's secret: a line each, an entry a
    /// day.
    async fn record_use(
        &self,
        conn: &mut PgConnection,
        firm: FirmId,
        now: DateTime<Utc>,
    ) -> Result<(), Failed> {
        let verb = ActivityVerb::KeyUsed;
        SecurityEvent {
            event: verb.as_str(),
            firm: Some(firm.0),
            ..SecurityEvent::default()
        }
        .log();
        let counted = throttles::attempt(conn, &Throttle::KEY_ENTRY, firm.0.as_bytes(), now);
        if counted.await?.is_none() {
            let actor = Actor::system_for(firm);
            let activity = NewActivity::new(self.clock.new_id(), now, &actor, verb);
            activities::record(conn, &activity).await?;
        }
        Ok(())
    }

    async fn try_save(&self, credential: CredentialId, token: &Token) -> Result<(), Failed> {
        let firm_id = self.owner(credential).await?;
        let secret = &token.access_token;
        let kept = KeptToken {
            token: self.vault.seal(Purpose::ProcoreToken, firm_id, secret)?,
            minted_at: token.minted_at,
            expires_at: token.expires_at,
        };
        let mut conn = self.db.acquire_for_write().await?;
        tokens::save(&mut conn, firm_id, credential, &kept).await?;
        conn.finish().await?;
        self.remember(credential, firm_id, Some(token), token.minted_at);
        Ok(())
    }

    async fn try_release(&self, credential: CredentialId) -> Result<(), Failed> {
        let firm_id = self.owner(credential).await?;
        let mut conn = self.db.acquire_for_write().await?;
        tokens::release(&mut conn, firm_id, credential).await?;
        Ok(conn.finish().await?)
    }

    async fn try_load(&self, credential: CredentialId) -> Result<Option<Token>, Failed> {
        let firm_id = self.owner(credential).await?;
        let mut conn = self.db.acquire().await?;
        let kept = tokens::find(&mut conn, firm_id, credential).await?;
        Ok(kept.and_then(|kept| self.open(firm_id, &kept)))
    }

    async fn try_forget(&self, credential: CredentialId, refused: &Token) -> Result<(), Failed> {
        let firm_id = self.owner(credential).await?;
        if let Some(used) = self.used().get_mut(&credential) {
            used.token = used.token.take().filter(|token| !token.is_same(refused));
        }
        let mut conn = self.db.acquire_for_write().await?;
        let kept = tokens::find(&mut conn, firm_id, credential).await?;
        let token = kept.and_then(|kept| self.open(firm_id, &kept));
        if let Some(token) = token.filter(|token| token.is_same(refused)) {
            tokens::forget(&mut conn, firm_id, credential, token.minted_at).await?;
        }
        Ok(conn.finish().await?)
    }

    fn remember(
        &self,
        credential: CredentialId,
        firm_id: FirmId,
        token: Option<&Token>,
        now: DateTime<Utc>,
    ) {
        let token = token.cloned();
        let mut used = self.used();
        // Expired tokens need not stay in memory.
        let is_fresh = |used: &Used| used.token.as_ref().is_some_and(|token| token.is_fresh(now));
        used.retain(|_, other| is_fresh(other));
        used.insert(credential, Used { firm_id, token });
    }

    /// Nothing here panics while it holds the lock, so a poisoned lock still guards valid data.
    fn used(&self) -> MutexGuard<'_, HashMap<CredentialId, Used>> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TokenCache for Tokens {
    async fn claim(
        &self,
        credential: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<Claim, PortError> {
        let used = self.used().get(&credential).cloned();
        match used
            .and_then(|used| used.token)
            .filter(|token| token.is_fresh(now))
        {
            Some(token) => Ok(Claim::Good(token)),
            None => Ok(self.try_claim(credential, now).await?),
        }
    }

    async fn save(&self, credential: CredentialId, token: &Token) -> Result<(), PortError> {
        Ok(self.try_save(credential, token).await?)
    }

    async fn release(&self, credential: CredentialId) -> Result<(), PortError> {
        Ok(self.try_release(credential).await?)
    }

    async fn load(&self, credential: CredentialId) -> Result<Option<Token>, PortError> {
        Ok(self.try_load(credential).await?)
    }

    async fn forget(&self, credential: CredentialId, refused: &Token) -> Result<(), PortError> {
        Ok(self.try_forget(credential, refused).await?)
    }
}
