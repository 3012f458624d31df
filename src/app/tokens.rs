//! Procore's access tokens, sealed in Postgres and shared by all replicas.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::activity::ActivityVerb;
use crate::clock::Clock;
use crate::identity::{Actor, CredentialId, FirmId, Throttle};
use crate::procore::{Claim, MINT_LEASE, PortError, Token, TokenCache};
use crate::store::StoreError;
use crate::store::activities::{self, NewActivity};
use crate::store::database::Database;
use crate::store::throttles;
use crate::store::tokens::{self, KeptToken};
use crate::store::vendor_tokens;
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
    /// The credentials that are the vendor's.
    vendor: HashSet<CredentialId>,
    used: Mutex<HashMap<CredentialId, Used>>,
}

/// What this process knows of a credential.
#[derive(Clone)]
struct Used {
    owner: Owner,
    token: Option<Token>,
}

/// Whose a credential is.
#[derive(Clone, Copy)]
enum Owner {
    Firm(FirmId),
    /// The vendor: its token serves every firm.
    Vendor,
}

impl Owner {
    /// What a token of theirs is sealed for.
    fn sealed_for(self, credential: CredentialId) -> Uuid {
        match self {
            Self::Firm(firm) => firm.0,
            Self::Vendor => credential.0,
        }
    }
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
        Self::with_vendor(db, vault, clock, [])
    }

    /// The same where some credentials are the vendor's.
    pub(crate) fn with_vendor(
        db: impl Into<Database>,
        vault: Vault,
        clock: Clock,
        vendor: impl IntoIterator<Item = CredentialId>,
    ) -> Arc<Self> {
        Arc::new(Self {
            db: db.into(),
            vault,
            clock,
            vendor: vendor.into_iter().collect(),
            used: Mutex::default(),
        })
    }

    async fn owner(&self, credential: CredentialId) -> Result<Owner, Failed> {
        if self.vendor.contains(&credential) {
            return Ok(Owner::Vendor);
        }
        let known = self.used().get(&credential).map(|used| used.owner);
        if let Some(owner) = known {
            return Ok(owner);
        }
        let mut conn = self.db.acquire().await?;
        let firm_id = tokens::find_owner(&mut conn, credential).await?;
        let owner = firm_id.map(Owner::Firm);
        owner.ok_or(Failed::NoSuchCredential(credential))
    }

    async fn find(
        &self,
        conn: &mut PgConnection,
        owner: Owner,
        credential: CredentialId,
    ) -> Result<Option<KeptToken>, Failed> {
        Ok(match owner {
            Owner::Firm(firm_id) => tokens::find(conn, firm_id, credential).await?,
            Owner::Vendor => vendor_tokens::find(conn, credential).await?,
        })
    }

    /// Unseals a stored token. One that does not open (its key is gone) counts as none: the next is
    /// fetched with the client secret, which reports the missing key if it does not open either.
    fn open(&self, owner: Owner, credential: CredentialId, kept: &KeptToken) -> Option<Token> {
        let sealed_for = owner.sealed_for(credential);
        match self
            .vault
            .open(Purpose::ProcoreToken, sealed_for, &kept.token)
        {
            Ok(access_token) => Some(Token {
                access_token,
                minted_at: kept.minted_at,
                expires_at: kept.expires_at,
            }),
            Err(error) => {
                tracing::warn!("The kept Procore token of {credential} does not open: {error}");
                None
            }
        }
    }

    async fn try_claim(
        &self,
        credential: CredentialId,
        now: DateTime<Utc>,
    ) -> Result<Claim, Failed> {
        let owner = self.owner(credential).await?;
        let mut conn = self.db.acquire_for_write().await?;
        let kept = self.find(&mut conn, owner, credential).await?;
        let open = |kept: &KeptToken| self.open(owner, credential, kept);
        let token = kept.as_ref().and_then(open);
        if let Some(token) = token.filter(|token| token.is_fresh(now)) {
            self.remember(credential, owner, Some(&token), now);
            return Ok(Claim::Good(token));
        }
        let seen = kept.map(|kept| kept.minted_at);
        let until = now + MINT_LEASE;
        let claimed = match owner {
            Owner::Firm(firm_id) => {
                tokens::claim(&mut conn, firm_id, credential, seen, now, until).await?
            }
            Owner::Vendor => vendor_tokens::claim(&mut conn, credential, seen, now, until).await?,
        };
        if let (true, Owner::Firm(firm_id)) = (claimed, owner) {
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
        let owner = self.owner(credential).await?;
        let (sealed_for, secret) = (owner.sealed_for(credential), &token.access_token);
        let kept = KeptToken {
            token: self.vault.seal(Purpose::ProcoreToken, sealed_for, secret)?,
            minted_at: token.minted_at,
            expires_at: token.expires_at,
        };
        let mut conn = self.db.acquire_for_write().await?;
        match owner {
            Owner::Firm(firm_id) => tokens::save(&mut conn, firm_id, credential, &kept).await?,
            Owner::Vendor => vendor_tokens::save(&mut conn, credential, &kept).await?,
        }
        conn.finish().await?;
        self.remember(credential, owner, Some(token), token.minted_at);
        Ok(())
    }

    async fn try_release(&self, credential: CredentialId) -> Result<(), Failed> {
        let owner = self.owner(credential).await?;
        let mut conn = self.db.acquire_for_write().await?;
        match owner {
            Owner::Firm(firm_id) => tokens::release(&mut conn, firm_id, credential).await?,
            Owner::Vendor => vendor_tokens::release(&mut conn, credential).await?,
        }
        Ok(conn.finish().await?)
    }

    async fn try_load(&self, credential: CredentialId) -> Result<Option<Token>, Failed> {
        let owner = self.owner(credential).await?;
        let mut conn = self.db.acquire().await?;
        let kept = self.find(&mut conn, owner, credential).await?;
        Ok(kept.and_then(|kept| self.open(owner, credential, &kept)))
    }

    async fn try_forget(&self, credential: CredentialId, refused: &Token) -> Result<(), Failed> {
        let owner = self.owner(credential).await?;
        if let Some(used) = self.used().get_mut(&credential) {
            used.token = used.token.take().filter(|token| !token.is_same(refused));
        }
        let mut conn = self.db.acquire_for_write().await?;
        let kept = self.find(&mut conn, owner, credential).await?;
        let token = kept.and_then(|kept| self.open(owner, credential, &kept));
        if let Some(Token { minted_at, .. }) = token.filter(|token| token.is_same(refused)) {
            match owner {
                Owner::Firm(firm_id) => {
                    tokens::forget(&mut conn, firm_id, credential, minted_at).await?;
                }
                Owner::Vendor => vendor_tokens::forget(&mut conn, credential, minted_at).await?,
            }
        }
        Ok(conn.finish().await?)
    }

    fn remember(
        &self,
        credential: CredentialId,
        owner: Owner,
        token: Option<&Token>,
        now: DateTime<Utc>,
    ) {
        let token = token.cloned();
        let mut used = self.used();
        // Expired tokens need not stay in memory.
        let is_fresh = |used: &Used| used.token.as_ref().is_some_and(|token| token.is_fresh(now));
        used.retain(|_, other| is_fresh(other));
        used.insert(credential, Used { owner, token });
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
