//! Where a connection leads and by which way.

text_enum! {
    /// How the firm gives us access to its Procore company.
    pub enum AccessWay {
        /// The firm's own app, registered in Procore's developer portal.
        OwnApp = "own_app",
        /// A service account from before Procore closed them in March 2025.
        LegacyAccount = "legacy_account",
    }
}

/// The Procore company that a connection leads to, as the admin entered it.
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
