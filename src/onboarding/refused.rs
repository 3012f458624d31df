//! Why an onboarding refuses a verb, and which step is to be dealt with first.

use super::stage::Stage;
use crate::connection::{AccessWay, Ended};

/// Why a verb was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// An earlier step has to be done first.
    Before(Stage),
    /// Somebody has to sign in with Procore again: our app was uninstalled since they did.
    ProofEnded,
    /// The plan is being carried out.
    Running,
    /// The plan was confirmed for one company; another one is another setup.
    OtherCompany,
    /// Procore is connected; the details are replaced on the details page.
    Connected,
    /// The checks of this step have not passed yet.
    NotPassed(Stage),
    /// This walk was closed; a newer one may be open.
    Archived,
}

impl std::error::Error for Refused {}

/// A connection ends with its walk.
impl From<Ended> for Refused {
    fn from(_: Ended) -> Self {
        Self::Archived
    }
}

impl Refused {
    /// Nothing opens a company that is connected this way.
    pub(crate) fn no_access(way: AccessWay) -> Self {
        match way {
            AccessWay::VendorApp => Self::ProofEnded,
            AccessWay::OwnApp | AccessWay::LegacyAccount => Self::Before(Stage::Credentials),
        }
    }

    /// The step that has to be dealt with first.
    pub(crate) fn missing_step(self) -> Stage {
        match self {
            Self::Before(stage) | Self::NotPassed(stage) => stage,
            Self::ProofEnded => Stage::Credentials,
            Self::Running | Self::OtherCompany | Self::Connected => Stage::Complete,
            Self::Archived => Stage::Review,
        }
    }
}
