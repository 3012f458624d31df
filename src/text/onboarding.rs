//! The words for an onboarding: its steps, its actions, and why something is refused.

use std::fmt;

use crate::connection::AccessWay;
use crate::ledger::ActionState;
use crate::onboarding::case::WhyNot;
use crate::onboarding::{Refused, Stage};

impl Stage {
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

/// A step's name for a firm: who signs in with Procore enters no key.
pub(crate) fn step_name(step: Stage, way: Option<AccessWay>) -> &'static str {
    match (step, way) {
        (Stage::Credentials, Some(AccessWay::VendorApp)) => "Sign in with Procore",
        (step, _) => step.label(),
    }
}

/// The word for a data set that Procore refused altogether.
pub(crate) const NOT_READ: &str = "Not read";

impl ActionState {
    /// The word on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Pending => "Not started",
            Self::Running => "In progress",
            Self::Waiting => "Waiting",
            Self::Done => "Done",
            Self::Partial => "Partly read",
            Self::Short => "Not complete yet",
            Self::NeedsPerson => "Needs attention",
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Before(stage) => write!(out, "“{}” comes first.", stage.label()),
            Self::ProofEnded => out.write_str(
                "Our app was uninstalled in the company since somebody signed in, and what they proved ended with that. Sign in with Procore again.",
            ),
            Self::Running => {
                out.write_str("The setup is running; wait for it to end, or fix what it waits for.")
            }
            Self::OtherCompany => out.write_str(
                "The setup is under way for the company you confirmed; to connect another one, ask us to close it.",
            ),
            Self::Connected => {
                out.write_str("Procore is connected; change its details on the details page.")
            }
            Self::NotPassed(stage) => write!(out, "“{}” has to pass first.", stage.label()),
            Self::Archived => out.write_str("This setup was closed."),
        }
    }
}

/// What stands beside a button that cannot be used.
impl fmt::Display for WhyNot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Closed => "This setup was closed.",
            Self::Connected => "Procore is connected; no step is left.",
            Self::NothingToCheck => "The firm has not entered its Procore details yet, so there is nothing to check.",
            Self::ChecksRunning => "The checks are running right now.",
            Self::CheckedByRetry => "The plan is being carried out, and its access is checked with “Retry”.",
            Self::NotCompleting => "The plan is not confirmed yet, so there is nothing to retry.",
            Self::Moving => "It is moving by itself right now; nothing has failed.",
            Self::NobodyToWriteTo => "Nobody at the firm can get a link: there is no admin and no open invitation.",
            Self::NothingToFix => "Nothing has failed, so there is nothing to fix.",
            Self::Open => "This setup is open.",
            Self::CarriedOut => "The plan is being carried out right now. Come back when it stops or waits.",
            Self::WasConnected => "It was connected. To connect again, the firm begins a new setup.",
            Self::BeingRemoved => "What we created in Procore is being removed; that comes first.",
            Self::AnotherOpen => "The firm has another setup open, and one firm has one at a time.",
            Self::NoEarlierStep => "The setup is at the first step, so there is no earlier one.",
            Self::PlanConfirmed => "The plan is confirmed, and part of it is in Procore already. Close the case, which removes it from there, and reopen it.",
            Self::NoConsent => "The firm has not agreed, or has withdrawn its consent.",
            Self::NotALead => "Only a lead confirms a consent.",
            Self::NothingToConfirm => "There is no consent waiting to begin.",
            Self::RemindersStopped => "The firm wants no reminders.",
            Self::RemindedToday => "The firm was reminded within the last 24 hours.",
            Self::NotConnected => "Procore is not connected.",
            Self::Paused => "The firm paused its connection, and the firm resumes it.",
            Self::Broken => "Nothing can be read from Procore at the moment.",
            Self::WebhookAsWeLeftIt => "The webhook is as we left it.",
            Self::NotTheFirmsTurn => "The firm can do nothing about it right now.",
        })
    }
}
