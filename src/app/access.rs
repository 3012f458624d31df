//! Turns a connection's stored credentials into access to Procore, here and nowhere else.

use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::connection::Connection;
use crate::procore::{self, ClientId, ClientOwner, ClientSecret, CompanyId};
use crate::store::credentials::{Credential, StoredAccess};
use crate::vault::{Purpose, VaultError, same_bytes};

/// Why there is no access.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    #[error("the Procore environment {0:?} is not among PROCORE_ENVIRONMENTS any more")]
    UnknownEnvironment(String),
    #[error("there is no app of the vendor in the Procore environment {0:?} any more")]
    NoVendorApp(String),
    #[error("nobody proved that the company is the firm's")]
    NotProven,
    #[error(transparent)]
    Vault(#[from] VaultError),
}

impl App {
    /// Opens a connection for the calls of one job.
    pub fn access(
        &self,
        connection: &Connection,
        access: &StoredAccess,
    ) -> Result<procore::Access, AccessError> {
        let target = &connection.target;
        let environment = self
            .config
            .procore_environment(&target.environment)
            .ok_or_else(|| AccessError::UnknownEnvironment(target.environment.clone()))?;
        match access {
            StoredAccess::FirmClient(credential) => {
                let (owner, sealed) = (credential.firm_id, &credential.secret);
                let secret = self.vault.open(Purpose::ProcoreSecret, owner, sealed)?;
                Ok(procore::Access {
                    environment: environment.clone(),
                    client_id: ClientId::trusted(credential.client_id.clone()),
                    client_secret: ClientSecret::trusted(secret),
                    company_id: CompanyId::trusted(target.company_id),
                    credential: credential.id,
                    owner: ClientOwner::Firm,
                })
            }
            // The vendor's key opens every firm's company, so the proof must be about this one.
            StoredAccess::VendorClient(proof) if proof.is_for(target) => {
                self.vendor_access(&target.environment, CompanyId::trusted(target.company_id))
            }
            StoredAccess::VendorClient(_) => Err(AccessError::NotProven),
        }
    }

    /// Opens a company by the vendor's own client. Whether it is the asking firm's is for the caller to
    /// know.
    pub(crate) fn vendor_access(
        &self,
        environment: &str,
        company_id: CompanyId,
    ) -> Result<procore::Access, AccessError> {
        let missing = || AccessError::NoVendorApp(environment.to_owned());
        let found = self.config.procore_environment(environment);
        let vendor = self.config.vendor_app(environment).ok_or_else(missing)?;
        Ok(procore::Access {
            environment: found.ok_or_else(missing)?.clone(),
            client_id: vendor.client_id.clone(),
            client_secret: vendor.client_secret.clone(),
            company_id,
            credential: vendor.token_id(),
            owner: ClientOwner::Vendor,
        })
    }

    /// Whether `secret` is the one that a credential holds. One that does not open is another.
    pub(crate) fn is_same_secret(&self, credential: &Credential, secret: &SecretString) -> bool {
        let owner = credential.firm_id;
        let opened = self
            .vault
            .open(Purpose::ProcoreSecret, owner, &credential.secret);
        opened.is_ok_and(|held| {
            let (held, given) = (held.expose_secret(), secret.expose_secret());
            same_bytes(held.as_bytes(), given.as_bytes())
        })
    }
}
