//! From a stored credential to access to Procore.

use crate::app::App;
use crate::procore::{Access, ClientId, ClientSecret, CompanyId};
use crate::store::credentials::Credential;
use crate::vault::{Purpose, VaultError};

/// Why a stored credential gives no access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("the Procore environment {0:?} is not among PROCORE_ENVIRONMENTS any more")]
    UnknownEnvironment(String),
    #[error("the secret of this credential was wiped")]
    Wiped,
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl App {
    /// Opens a credential's secret for the calls of one job.
    pub fn access(&self, credential: &Credential) -> Result<Access, AccessError> {
        let environment = self
            .config
            .procore_environment(&credential.environment)
            .ok_or_else(|| AccessError::UnknownEnvironment(credential.environment.clone()))?;
        let sealed = credential.secret.as_ref().ok_or(AccessError::Wiped)?;
        let secret = self
            .vault
            .open(Purpose::ProcoreSecret, credential.firm_id, sealed)?;
        Ok(Access {
            environment: environment.clone(),
            client_id: ClientId::trusted(credential.client_id.clone()),
            client_secret: ClientSecret::trusted(secret),
            company_id: CompanyId::trusted(credential.company_id),
            credential: credential.id,
        })
    }
}
