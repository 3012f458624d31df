//! The reminder about a stalled setup.

use chrono::{DateTime, Utc};

use super::{Letter, shown};
use crate::onboarding::Stage;
use crate::onboarding::situation::{Kind, SituationCode};

/// Its subject and what is the matter; the caller adds the fix, the steps and the links.
pub(crate) fn letter(
    product: &str,
    firm: &str,
    code: SituationCode,
    stage: Stage,
    since: DateTime<Utc>,
) -> Letter {
    let firm = shown(firm);
    let letter = Letter::new("reminder", subject(product, code, stage)).paragraph(format!(
        "The setup that connects Procore to {product} for {firm} has not moved since {}. Everything that was entered is saved.",
        since.format("%-d %B %Y"),
    ));
    match cause(code) {
        Some(cause) => letter.paragraph(cause),
        None => letter,
    }
}

fn subject(product: &str, code: SituationCode, stage: Stage) -> String {
    let step = stage.number();
    match code {
        SituationCode::NeverStarted => {
            format!("Connecting Procore to {product} has not started yet")
        }
        code if code.kind() == Kind::Stopped => {
            format!("Your Procore setup needs you at step {step}")
        }
        _ => format!("Your Procore setup is waiting at step {step}"),
    }
}

/// What is the matter, where the fix does not say it.
fn cause(code: SituationCode) -> Option<&'static str> {
    match code {
        SituationCode::NeverStarted => Some(
            "It takes about 10 minutes of your time, and help from an administrator of your Procore company.",
        ),
        SituationCode::WaitingForAdmin => Some(
            "A colleague was asked to do something in Procore and has not finished yet. You can send the link again at that step.",
        ),
        SituationCode::PendingApproval => Some(
            "You told us that Procore is reviewing your app. If Procore has answered, continue the setup. If not, look up the state of your request in Procore’s Developer Portal.",
        ),
        SituationCode::CompletionNeedsPerson => {
            Some("The setup stopped because something has to be fixed. How to fix it stands below.")
        }
        code if code.kind() == Kind::Stopped => Some(
            "The last checks found something that has to be fixed. How to fix it stands below.",
        ),
        _ => None,
    }
}

pub(crate) const LEFT: &str = "What is left:";

pub(crate) fn step(step: Stage) -> String {
    format!("Step {}: {}", step.number(), step.label())
}

pub(crate) fn continue_at(stage: Stage) -> String {
    format!("Continue at step {}", stage.number())
}

pub(crate) fn why_you_get_this(firm: &str) -> String {
    let firm = shown(firm);
    format!(
        "This goes to everybody who acts for {firm}, at most once a week, until Procore is connected."
    )
}
