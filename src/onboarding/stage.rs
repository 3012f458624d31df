//! The steps of the setup, in their order.

use std::fmt::Display;

use crate::paths::{self, Part};

text_enum! {
    /// Where an onboarding stands: the step that is to be done next.
    pub enum Stage {
        /// Reading what will happen.
        Review = "review",
        /// Entering the Procore details.
        Credentials = "credentials",
        /// Checking them.
        Verify = "verify",
        /// Choosing the data.
        Settings = "settings",
        /// Checking the permissions that this choice needs.
        Permissions = "permissions",
        /// Looking at the plan and confirming it.
        Complete = "complete",
        /// The confirmed plan is being carried out.
        Completing = "completing",
        /// Procore is connected.
        Done = "done",
    }
}

impl Part<paths::Step> for Stage {
    fn part(&self) -> impl Display {
        self.step().as_str()
    }
}

impl Stage {
    /// The steps that have a page of their own, in order.
    pub const STEPS: [Self; 6] = [
        Self::Review,
        Self::Credentials,
        Self::Verify,
        Self::Settings,
        Self::Permissions,
        Self::Complete,
    ];

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
    pub(crate) fn at_place(place: i16) -> Option<Self> {
        Self::ALL.get(usize::try_from(place).ok()?).copied()
    }

    /// 1 to 6, as shown beside the step's name.
    pub fn number(self) -> usize {
        Self::STEPS
            .iter()
            .position(|step| *step == self.step())
            .map_or(0, |place| place + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stage_has_a_step_and_a_place() {
        for stage in Stage::ALL {
            assert_eq!(Stage::at_place(stage.place()), Some(stage));
            assert!((1..=6).contains(&stage.number()));
        }
        assert_eq!((Stage::at_place(-1), Stage::at_place(8)), (None, None));
    }
}
