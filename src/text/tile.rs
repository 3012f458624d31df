//! What the tile of the Concierge page says: the state, what comes next, and whose turn it is.

use crate::onboarding::Stage;
use crate::onboarding::situation::{Kind, SituationCode, WaitingOn};
use crate::text::projects::concerned;
use crate::verdict::ReasonCode;

pub(crate) const PROCORE: &str = "Procore";
pub(crate) const CONNECTED: &str = "Connected";
pub(crate) const NOT_CONNECTED: &str = "Not connected";
pub(crate) const SETTING_UP: &str = "Setting up";
pub(crate) const INTEGRATE: &str = "Integrate with Procore";
pub(crate) const CONTINUE: &str = "Continue setup";
pub(crate) const VIEW: &str = "View integration";

pub(crate) fn procore(product: &str) -> String {
    format!(
        "Brings projects, people, companies and more from Procore to {product}, and keeps them up to date."
    )
}

pub(crate) fn needs(firm: &str) -> Vec<String> {
    vec![
        "A Procore subscription".to_owned(),
        "Help from an administrator of your Procore company".to_owned(),
        format!("The right to connect that company to {firm}"),
    ]
}

pub(crate) fn at_step(stage: Stage) -> String {
    format!("Step {} of 6", stage.number())
}

pub(crate) fn stuck_at_step(stage: Stage) -> String {
    format!("Step {} of 6 needs attention", stage.number())
}

/// The steps as a bar, for those who do not see it.
pub(crate) fn steps_done(done: usize, of: usize) -> String {
    format!("{done} of {of} steps done")
}

/// What somebody does next, if anybody does.
pub(crate) fn next_action(
    situation: SituationCode,
    reason: Option<ReasonCode>,
    stage: Stage,
) -> Option<&'static str> {
    Some(match situation.kind() {
        Kind::Walking => at_stage(stage),
        Kind::Stopped | Kind::Incident => reason.map_or("Look at what is in the way", fix),
        Kind::Approval => "Procore is reviewing your app",
        Kind::Waiting if situation == SituationCode::ProcoreOutage => {
            "We check again by ourselves as soon as Procore answers"
        }
        Kind::Waiting => "We go on by ourselves as soon as Procore lets us",
        Kind::Running if situation == SituationCode::ConnectionPaused => {
            "Resume once changes are to be read again"
        }
        Kind::Running => "We set up live updates and read your data",
        Kind::Closing => "We remove what was created in Procore",
        Kind::Over => return None,
    })
}

/// What a step asks for while nothing is in the way.
fn at_stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Review => "Choose what to bring from Procore",
        Stage::Credentials => "Enter the Client ID and secret",
        Stage::Verify => "Confirm your Procore company",
        Stage::Settings => "Look at your choice again and save it",
        Stage::Permissions => "Check the permissions in Procore",
        Stage::Complete => "Look at the plan and complete the integration",
        Stage::Completing | Stage::Done => "We set up live updates and read your data",
    }
}

/// What ends a reason.
fn fix(reason: ReasonCode) -> &'static str {
    match reason {
        ReasonCode::Credentials => "Enter a Client ID and secret that Procore accepts",
        ReasonCode::Environment => "Choose the environment that the details belong to",
        ReasonCode::NotInstalled => "Install the app in your Procore company",
        ReasonCode::Company => "Correct the Company ID",
        ReasonCode::Taken => "Ask our support about this company, which is connected already",
        ReasonCode::NotYours => "Have an administrator of the company sign in with Procore",
        ReasonCode::Level(_) | ReasonCode::WebhookLevel => "Raise the app’s levels in Procore",
        ReasonCode::NoProjects => "Share projects with the app in Procore",
        ReasonCode::ProjectTool => {
            "Switch on the project’s tool in Procore, or raise the app’s level"
        }
        ReasonCode::Hidden => "Give the app access to what Procore hides from it",
        ReasonCode::PendingApproval => "Procore is reviewing your app",
        ReasonCode::Excess => "Lower the app’s level on Directory in Procore",
        ReasonCode::Unreachable | ReasonCode::Rate | ReasonCode::Busy => {
            "Try again once Procore answers"
        }
        ReasonCode::Hook => "Have the webhook repaired, on its page here",
        ReasonCode::Deliveries => "We read again what Procore could not deliver",
        ReasonCode::Late => "We catch up with what changed in Procore",
        ReasonCode::AppUpdate => "Accept the update of the app in Procore",
        ReasonCode::Unexpected => "Try again, and contact our support if it stays",
    }
}

/// What ends a reason that is about so many of the integrated projects.
pub(crate) fn in_projects(reason: ReasonCode, count: u64, of: u64) -> String {
    format!("{}. {}", concerned(reason, count, of), fix(reason))
}

/// The turn of a colleague whom the firm asked.
pub(crate) fn turn_of(name: &str) -> String {
    format!("{name}’s turn")
}

/// Whose turn it is, where somebody has to move.
pub(crate) fn turn(party: WaitingOn) -> &'static str {
    match party {
        WaitingOn::Firm => "Your turn",
        WaitingOn::ProcoreAdmin => "Your Procore admin’s turn",
        WaitingOn::Us => "Our support’s turn",
        WaitingOn::Procore => "Procore’s turn",
        WaitingOn::Nobody => "Goes on by itself",
    }
}
