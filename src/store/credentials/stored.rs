//! What a row of the table gives.

use chrono::{DateTime, Utc};

use crate::connection::{AccessWay, ProcorePerson, Target};
use crate::identity::{ConnectionId, CredentialId, FirmId};
use crate::vault::Sealed;

/// What gives us access to the company of a connection.
#[derive(Debug, Clone)]
pub enum StoredAccess {
    /// A client of the firm's own: its app's, or its old service account's.
    FirmClient(Credential),
    /// The vendor's client, into a company that was proven to be the firm's.
    VendorClient(Proof),
}

impl StoredAccess {
    /// The credential that it is by.
    pub(crate) fn credential(&self) -> CredentialId {
        match self {
            Self::FirmClient(own) => own.id,
            Self::VendorClient(proof) => proof.id,
        }
    }

    /// The firm and the connection that it belongs to.
    pub(crate) fn of(&self) -> (FirmId, ConnectionId) {
        match self {
            Self::FirmClient(own) => (own.firm_id, own.connection_id),
            Self::VendorClient(proof) => (proof.firm_id, proof.connection_id),
        }
    }

    /// The way of access that it is, where the firm's own client may be of either kind.
    pub(crate) fn way(&self, before: AccessWay) -> AccessWay {
        match self {
            Self::VendorClient(_) => AccessWay::VendorApp,
            Self::FirmClient(_) if before.has_own_key() => before,
            Self::FirmClient(_) => AccessWay::OwnApp,
        }
    }

    /// The app through which it is.
    pub(crate) fn client_id(&self) -> &str {
        match self {
            Self::FirmClient(own) => &own.client_id,
            Self::VendorClient(proof) => &proof.client_id,
        }
    }

    /// Who gave it.
    pub(crate) fn created_by(&self) -> &str {
        match self {
            Self::FirmClient(own) => &own.created_by,
            Self::VendorClient(proof) => &proof.created_by,
        }
    }

    pub(crate) fn created_at(&self) -> DateTime<Utc> {
        match self {
            Self::FirmClient(own) => own.created_at,
            Self::VendorClient(proof) => proof.created_at,
        }
    }

    pub(super) fn into_own(self) -> Option<Credential> {
        match self {
            Self::FirmClient(own) => Some(own),
            Self::VendorClient(_) => None,
        }
    }

    /// Whether it is by this credential.
    pub fn is(&self, credential: CredentialId) -> bool {
        self.credential() == credential
    }
}

/// The id and secret of a firm's own client; the secret only sealed.
#[derive(Debug, Clone)]
pub struct Credential {
    pub id: CredentialId,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    pub client_id: String,
    pub secret: Sealed,
    /// Six hexadecimal digits by which people tell secrets apart: a label, which another key of
    /// ours changes.
    pub fingerprint: String,
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

/// That somebody who administers a company signed in with Procore. It stands where the key stands in
/// the other ways of access, since the vendor's key alone opens every firm's company.
#[derive(Debug, Clone)]
pub struct Proof {
    pub id: CredentialId,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    /// The company that it is about.
    pub environment: String,
    pub company_id: i64,
    /// The vendor's client in which they signed in.
    pub client_id: String,
    /// Who signed in.
    pub person: ProcorePerson,
    /// Who had them sign in here.
    pub created_by: String,
    pub created_at: DateTime<Utc>,
}

impl Proof {
    /// Whether it is about the company of `target`.
    pub(crate) fn is_for(&self, target: &Target) -> bool {
        self.company_id == target.company_id && self.environment == target.environment
    }
}

/// A credential as it is stored.
pub(super) struct AccessRow {
    pub(super) id: CredentialId,
    pub(super) firm_id: FirmId,
    pub(super) connection_id: ConnectionId,
    pub(super) client_id: String,
    pub(super) secret: Option<Sealed>,
    pub(super) fingerprint: Option<String>,
    pub(super) proven_environment: Option<String>,
    pub(super) proven_company_id: Option<i64>,
    pub(super) proven_by: Option<i64>,
    pub(super) proven_name: Option<String>,
    pub(super) proven_login: Option<String>,
    pub(super) created_by: String,
    pub(super) created_at: DateTime<Utc>,
}

impl AccessRow {
    /// What it gives; nothing once its secret was wiped.
    pub(super) fn access(self) -> Option<StoredAccess> {
        if let (Some(secret), Some(fingerprint)) = (self.secret, self.fingerprint) {
            return Some(StoredAccess::FirmClient(Credential {
                id: self.id,
                firm_id: self.firm_id,
                connection_id: self.connection_id,
                client_id: self.client_id,
                secret,
                fingerprint,
                created_by: self.created_by,
                created_at: self.created_at,
            }));
        }
        Some(StoredAccess::VendorClient(Proof {
            id: self.id,
            firm_id: self.firm_id,
            connection_id: self.connection_id,
            environment: self.proven_environment?,
            company_id: self.proven_company_id?,
            client_id: self.client_id,
            person: ProcorePerson {
                id: self.proven_by?,
                name: self.proven_name?,
                login: self.proven_login?,
            },
            created_by: self.created_by,
            created_at: self.created_at,
        }))
    }
}
