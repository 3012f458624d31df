//! Where a connection leads and by which way.

use crate::verdict::{Party, ReasonCode};

text_enum! {
    /// How the firm gives us access to its Procore company.
    pub enum AccessWay {
        /// The vendor's app, installed in the company; its key serves every firm.
        VendorApp = "vendor_app",
        /// The firm's own app, registered in Procore's developer portal.
        OwnApp = "own_app",
        /// A service account from before Procore closed them in March 2025.
        LegacyAccount = "legacy_account",
    }
}

impl AccessWay {
    /// The ways in which the firm enters a key of its own.
    pub const WITH_KEY: [Self; 2] = [Self::OwnApp, Self::LegacyAccount];

    /// Whether the firm enters a key of its own.
    pub fn has_own_key(self) -> bool {
        Self::WITH_KEY.contains(&self)
    }

    /// Who can fix a cause: a key that Procore does not accept is the vendor's affair where it is the
    /// vendor's key.
    pub fn party(self, code: ReasonCode) -> Party {
        match (self, code) {
            (Self::VendorApp, ReasonCode::Credentials | ReasonCode::Environment) => Party::Us,
            (Self::VendorApp | Self::OwnApp | Self::LegacyAccount, code) => code.party(),
        }
    }
}

/// The Procore company that a connection leads to, as the admin entered or chose it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Name of the Procore environment.
    pub environment: String,
    /// Procore's id of the company.
    pub company_id: i64,
    pub access_way: AccessWay,
}

impl Target {
    /// Whether both lead to the same company, in any way of access.
    pub(crate) fn is_same_company(&self, other: &Self) -> bool {
        self.company_id == other.company_id && self.environment == other.environment
    }
}

/// A person as Procore knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProcorePerson {
    pub id: i64,
    pub name: String,
    /// The e-mail address with which they sign in.
    pub login: String,
}
