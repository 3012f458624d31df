//! What the pages of the setup say: its steps, and how the last one ended.

use super::list;
use crate::catalog::{Certainty, DataSet};
use crate::connection::AccessWay;
use crate::onboarding::Stage;
use crate::verdict::ChangedLevel;

impl Stage {
    /// The step in a sentence.
    pub fn summary(self) -> &'static str {
        match self {
            Self::Review => "This page: what to bring, what it takes, and what happens.",
            Self::Credentials => {
                "You enter the Client ID and secret that let us read from Procore."
            }
            Self::Verify => {
                "We check the Client ID and secret, and show you which company they open."
            }
            Self::Settings => "You look at your choice again, and change it if you like.",
            Self::Permissions => {
                "We check that Procore lets us read exactly what you chose, and say how to fix what it does not let us read."
            }
            Self::Complete | Self::Completing | Self::Done => {
                "You see the plan and confirm it. Then we set up live updates and read the data once."
            }
        }
    }
}

impl AccessWay {
    /// The answer's words on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::VendorApp => "Install our Procore app",
            Self::OwnApp => "Our firm’s own Procore app",
            Self::LegacyAccount => "A service account we already have",
        }
    }

    /// What helps to choose.
    pub fn hint(self) -> &'static str {
        match self {
            Self::VendorApp => {
                "Recommended, and the shortest way: no key and no secret. You install our app in your company and sign in with Procore once."
            }
            Self::OwnApp => "An app in Procore’s developer portal, installed in your company.",
            Self::LegacyAccount => {
                "Procore retired these in March 2025. You can use one that still works, but not create a new one."
            }
        }
    }
}

pub(crate) const FIRST_STEP_AGAIN: &str = "You are back at the first step.";
pub(crate) const NO_SETUP: &str = "There is no open setup. This page says why.";
pub(crate) const NOT_CONNECTED_YET: &str = "Procore is not connected yet.";
pub(crate) const TRY_AGAIN: &str = "Try again";

/// How the last setup ended: `when` is how long ago.
pub(crate) fn ended(who: &str, when: &str, was_connected: bool) -> String {
    match was_connected {
        true => format!("{who} disconnected Procore {when}."),
        false => format!("{who} closed the setup {when}."),
    }
}

pub(crate) const NOTHING_CREATED: &str = "Nothing was created in Procore, and the access that was given is deleted. You can begin again.";

/// Somebody saved the step since the page was shown. `saved` is what counts now, `own` what became
/// of the reader's input.
pub(crate) fn changed_meanwhile(by: &str, at: &str, saved: Option<&str>, own: &str) -> String {
    match saved {
        Some(saved) => format!(
            "This was changed by {by} at {at}. Saved now: {saved}. {own} Save to replace it."
        ),
        None => format!("This was changed by {by} at {at}. {own} Save to replace it."),
    }
}

pub(crate) const OWN_DETAILS: &str = "What you typed is below; the secret has to be entered again.";
pub(crate) const OWN_CHOICE: &str = "Your own choice is ticked below.";

pub(crate) const DETAILS_KEEP_PLAN: &str =
    "What was set up so far stays. When you save other details, we go on with them.";
pub(crate) const CHOICE_RESETS: &str =
    "If you change your choice, the **permissions** are checked again.";

/// Which steps other details reset.
pub(crate) fn details_reset(steps: &[Stage]) -> String {
    let steps: Vec<_> = steps
        .iter()
        .map(|step| format!("**{}**", step.label()))
        .collect();
    format!(
        "If you save other details, these steps are checked again: {}. Your settings stay.",
        list(&steps)
    )
}

/// Another choice was saved than the one that the app's levels were printed for.
pub(crate) fn levels_change(changes: &[ChangedLevel]) -> String {
    let change = |it: &ChangedLevel| format!("{} from {} to {}", it.tool, it.before, it.after);
    let changes: Vec<_> = changes.iter().map(change).collect();
    format!(
        "Your choice needs other levels of the app than before: {}. They have to be changed in Procore.",
        list(&changes)
    )
}

/// How long a task in Procore takes.
pub(crate) fn task_time(minutes: u32, waits: bool) -> String {
    match waits {
        true => format!("About {minutes} minutes, then days of waiting"),
        false => format!("About {minutes} minutes"),
    }
}

/// Below a data set at the first step.
pub(crate) fn data_set_in_brief(set: DataSet) -> &'static str {
    match set {
        DataSet::Projects => "Names, numbers, addresses and stages.",
        DataSet::People => "Everybody in your company Directory.",
        DataSet::Companies => "The vendors that you work with.",
        DataSet::Departments => "The departments that projects belong to.",
        DataSet::Offices => "Addresses and phone numbers.",
        DataSet::Programs => "The programs that group your projects.",
        DataSet::Trades => "The trades that companies are listed under.",
        DataSet::CostCodes => "Your standard cost code lists.",
        DataSet::ProjectPeople => "Everybody in the project’s Directory.",
        DataSet::ProjectCompanies => "The companies on the project, with addresses.",
        DataSet::Locations => "Buildings, floors, rooms.",
        DataSet::Rfis => "Questions and answers.",
        DataSet::Submittals => "What was sent for approval.",
        DataSet::PrimeContracts => "Contracts with the owner.",
        DataSet::Commitments => "Orders and subcontracts.",
        DataSet::ChangeEvents => "What may change the cost.",
        DataSet::Drawings => "Every revision.",
        DataSet::Meetings => "Dates, places and minutes.",
    }
}

/// Below a data set that may be chosen.
pub(crate) fn data_set(set: DataSet, proven: bool, changes: &[ChangedLevel]) -> String {
    let (entry, needs) = (set.entry(), set.entry().needs());
    let proof = match (proven, changes.is_empty()) {
        (true, _) => " Checked: we can read it.",
        (false, true) => "",
        (false, false) => " What you saved so far does not need this level.",
    };
    let perhaps = match needs.certainty {
        Certainty::Known => "",
        Certainty::ProbeDecides => " (may not be needed)",
    };
    format!(
        "{} Needs {} on Procore’s {} tool{perhaps}.{proof}",
        entry.consequence, needs.level, needs.tool
    )
}
