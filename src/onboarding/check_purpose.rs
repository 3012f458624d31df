//! Which of the two verifications.

use super::stage::Stage;

text_enum! {
    /// Which of the two verifications a stored run of checks is.
    pub enum CheckPurpose {
        /// Step 3: the Procore details.
        Verify = "verify",
        /// Step 5: what the chosen data needs.
        Permissions = "permissions",
    }
}

impl CheckPurpose {
    /// The step whose checks these are.
    pub fn step(self) -> Stage {
        match self {
            Self::Verify => Stage::Verify,
            Self::Permissions => Stage::Permissions,
        }
    }
}
