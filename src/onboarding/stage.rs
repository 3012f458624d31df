//! The steps of the setup, in their order.

use serde::{Deserialize, Serialize};

/// Where an onboarding stands: the step that is to be done next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Reading what will happen.
    Review,
    /// Entering the Procore details.
    Credentials,
    /// Checking them.
    Verify,
    /// Choosing the data.
    Settings,
    /// Checking the permissions that this choice needs.
    Permissions,
    /// Looking at the plan and confirming it.
    Complete,
    /// The confirmed plan is being carried out.
    Completing,
    /// Procore is connected.
    Done,
}

impl Stage {
    /// Every stage in order.
    pub const ALL: [Self; 8] = [
        Self::Review,
        Self::Credentials,
        Self::Verify,
        Self::Settings,
        Self::Permissions,
        Self::Complete,
        Self::Completing,
        Self::Done,
    ];

    /// The steps that have a page of their own, in order.
    pub const STEPS: [Self; 6] = [
        Self::Review,
        Self::Credentials,
        Self::Verify,
        Self::Settings,
        Self::Permissions,
        Self::Complete,
    ];

    /// The stored form; schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Review => "review",
            Self::Credentials => "credentials",
            Self::Verify => "verify",
            Self::Settings => "settings",
            Self::Permissions => "permissions",
            Self::Complete => "complete",
            Self::Completing => "completing",
            Self::Done => "done",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.as_str() == text)
    }

    /// The page on which this stage happens: carrying out and done share the last one.
    pub fn step(self) -> Self {
        match self {
            Self::Completing | Self::Done => Self::Complete,
            Self::Review
            | Self::Credentials
            | Self::Verify
            | Self::Settings
            | Self::Permissions
            | Self::Complete => self,
        }
    }

    /// Its place in the order, from 0; schema.
    pub fn place(self) -> i16 {
        self as i16
    }

    /// The stage at a place.
    pub fn at_place(place: i16) -> Option<Self> {
        Self::ALL.get(usize::try_from(place).ok()?).copied()
    }

    /// 1 to 6, as shown beside the step's name.
    pub fn number(self) -> usize {
        Self::STEPS
            .iter()
            .position(|step| *step == self.step())
            .map_or(0, |place| place + 1)
    }

    /// The step's name in the list of steps.
    pub fn label(self) -> &'static str {
        match self {
            Self::Review => "Review the steps",
            Self::Credentials => "Key and secret",
            Self::Verify => "Verify",
            Self::Settings => "Settings",
            Self::Permissions => "Permissions",
            Self::Complete | Self::Completing | Self::Done => "Complete",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_survives_storage_and_has_a_step() {
        for stage in Stage::ALL {
            assert_eq!(Stage::from_stored(stage.as_str()), Some(stage));
            assert_eq!(Stage::at_place(stage.place()), Some(stage));
            assert!((1..=6).contains(&stage.number()));
        }
        assert_eq!(Stage::from_stored("elsewhere"), None);
        assert_eq!((Stage::at_place(-1), Stage::at_place(8)), (None, None));
    }
}
