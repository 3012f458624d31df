//! What opens Procore once a firm is removed: sealed as a whole, used without leaving a trace.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{AccessError, App};
use crate::identity::{CredentialId, FirmId};
use crate::procore::{
    self, ClientId, ClientOwner, ClientSecret, CompanyApi, CompanyId, MemoryRates, MemoryTokens,
    Token, Urgency,
};
use crate::store::tokens;
use crate::vault::{Purpose, Sealed, VaultError};

/// An access as it is sealed.
#[derive(Serialize, Deserialize)]
struct AccessToRemove {
    environment: String,
    company_id: i64,
    /// The firm's own client; without one, the vendor's was used.
    #[serde(flatten)]
    own: Option<ClientToRemove>,
}

#[derive(Serialize, Deserialize)]
struct ClientToRemove {
    client_id: String,
    client_secret: Zeroizing<String>,
    /// The token in use, so that it can be revoked.
    token: Option<TokenToRevoke>,
}

#[derive(Serialize, Deserialize)]
struct TokenToRevoke {
    token: Zeroizing<String>,
    minted_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl App {
    /// Seals an access of a firm that is about to be removed, and its token.
    pub(crate) fn seal_for_removal(
        &self,
        firm: FirmId,
        access: &procore::Access,
        token: Option<&tokens::KeptToken>,
    ) -> Result<Sealed, VaultError> {
        // A token that does not open is left to lapse.
        let token = token.and_then(|kept| {
            let opened = self.vault.open(Purpose::ProcoreToken, firm, &kept.token);
            opened.ok().map(|token| TokenToRevoke {
                token: plain(&token),
                minted_at: kept.minted_at,
                expires_at: kept.expires_at,
            })
        });
        let own = match access.owner {
            ClientOwner::Firm => Some(ClientToRemove {
                client_id: access.client_id.as_str().to_owned(),
                client_secret: plain(access.client_secret.secret()),
                token,
            }),
            ClientOwner::Vendor => None,
        };
        let kept = AccessToRemove {
            environment: access.environment.name.clone(),
            company_id: access.company_id.get(),
            own,
        };
        let text = serde_json::to_string(&kept).map_err(|_| VaultError::UnknownForm)?;
        let text = SecretString::from(text);
        self.vault.seal(Purpose::RemovalAccess, firm, &text)
    }

    /// Opens it again. The token and rate budget of a firm's own client live in memory, since there is no
    /// firm any more that they could be stored under.
    pub(crate) fn open_for_removal(
        &self,
        firm: FirmId,
        id: CredentialId,
        sealed: &Sealed,
    ) -> Result<CompanyApi, AccessError> {
        let text = self.vault.open(Purpose::RemovalAccess, firm, sealed)?;
        let kept: AccessToRemove =
            serde_json::from_str(text.expose_secret()).map_err(|_| VaultError::UnknownForm)?;
        let environment = self
            .config
            .procore_environment(&kept.environment)
            .ok_or_else(|| AccessError::UnknownEnvironment(kept.environment.clone()))?;
        let company_id = CompanyId::trusted(kept.company_id);
        let Some(own) = kept.own else {
            let access = self.vendor_access(&kept.environment, company_id)?;
            return Ok(self.holding(access, None, Urgency::Background));
        };
        let token = own.token.map(|kept| Token {
            access_token: SecretString::from(kept.token.as_str()),
            minted_at: kept.minted_at,
            expires_at: kept.expires_at,
        });
        let access = procore::Access {
            environment: environment.clone(),
            client_id: ClientId::trusted(own.client_id),
            client_secret: ClientSecret::trusted(SecretString::from(own.client_secret.as_str())),
            company_id,
            credential: id,
            owner: ClientOwner::Firm,
        };
        Ok(self.holding(access, token, Urgency::Background))
    }

    /// The company by an access that has just ended, and its token: both are kept nowhere any more, so
    /// nothing can be tried again later.
    pub(crate) fn by_ended_access(
        &self,
        firm: FirmId,
        access: procore::Access,
        token: Option<&tokens::KeptToken>,
    ) -> CompanyApi {
        let token = token.and_then(|kept| {
            let opened = self.vault.open(Purpose::ProcoreToken, firm, &kept.token);
            opened.ok().map(|access_token| Token {
                access_token,
                minted_at: kept.minted_at,
                expires_at: kept.expires_at,
            })
        });
        self.holding(access, token, Urgency::Waiting)
    }

    /// An access whose token and budget are kept in memory; the vendor's token stays where all find it.
    fn holding(
        &self,
        access: procore::Access,
        token: Option<Token>,
        urgency: Urgency,
    ) -> CompanyApi {
        match access.owner {
            ClientOwner::Firm => {}
            ClientOwner::Vendor => return self.procore.company(access, urgency),
        }
        let tokens = MemoryTokens::holding(access.credential, token);
        let (tokens, rates) = (Arc::new(tokens), Arc::new(MemoryRates::default()));
        let client = self.procore.keeping(tokens, rates);
        client.company(access, urgency)
    }
}

fn plain(secret: &SecretString) -> Zeroizing<String> {
    Zeroizing::new(secret.expose_secret().to_owned())
}
