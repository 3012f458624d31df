//! The words for a situation, as support's queue and figures show them.

use crate::onboarding::Stage;
use crate::onboarding::situation::SituationCode;
use crate::text::checks::Standing;
use crate::text::health::cause;
use crate::text::projects::concerned;
use crate::verdict::ReasonCode;

impl SituationCode {
    /// The code in a few words.
    pub fn label(self) -> &'static str {
        match self {
            Self::CompletionNeedsPerson => "Completion needs a person",
            Self::KeyRejected => "Key rejected",
            Self::WrongEnvironment => "Key of another environment",
            Self::AppNotInstalled => "App not installed",
            Self::CompanyNotFound => "Company not reached",
            Self::CompanyTaken => "Company connected elsewhere",
            Self::LevelTooLow => "Level too low",
            Self::NoProjects => "No projects shared",
            Self::ProjectTool => "Project tool not readable",
            Self::Hidden => "Hidden by Procore",
            Self::UnknownAnswer => "Unknown answer from Procore",
            Self::WaitingForAdmin => "Waiting for Procore admin",
            Self::PendingApproval => "Waiting for Procore’s review",
            Self::ProcoreOutage => "Procore outage",
            Self::CompletionWaiting => "Completion waiting",
            Self::Completing => "Completion running",
            Self::NeverStarted => "Never started",
            Self::Idle => "Idle",
            Self::InProgress => "In progress",
            Self::Connected => "Connected",
            Self::ConnectionBroken => "Connection broken",
            Self::ConnectionDegraded => "Connection degraded",
            Self::ConnectionPaused => "Connection paused",
            Self::Closing => "Closing",
            Self::Closed => "Closed",
        }
    }

    /// The one plain line of the queue: the label, with what the reason adds.
    pub fn line(self, reason: Option<ReasonCode>) -> String {
        match (self, reason) {
            (Self::LevelTooLow, Some(ReasonCode::Level(tool))) => {
                format!("Level too low on {}", tool.label())
            }
            (Self::LevelTooLow, Some(ReasonCode::WebhookLevel)) => {
                "Level too low on Webhooks API".to_owned()
            }
            (Self::ProcoreOutage, Some(ReasonCode::Rate | ReasonCode::Busy)) => {
                "Procore outage: asked to slow down".to_owned()
            }
            (Self::CompletionWaiting, Some(ReasonCode::Rate | ReasonCode::Busy)) => {
                "Completion waiting: asked to slow down".to_owned()
            }
            (Self::CompletionNeedsPerson, Some(reason)) => completion_needs_person(reason),
            (Self::ConnectionBroken, Some(reason)) => {
                format!("Connection broken ({})", cause(reason))
            }
            (Self::ConnectionDegraded, Some(reason)) => {
                format!("Connection degraded ({})", cause(reason))
            }
            (Self::Closing, Some(reason)) => closing(reason),
            _ => self.label().to_owned(),
        }
    }

    /// The situation in one plain sentence; `cause` is the title of the help for its reason.
    pub fn sentence(self, cause: Option<&str>) -> String {
        let text = match (self, cause) {
            (Self::NeverStarted, _) => "Nobody has begun.",
            (Self::InProgress | Self::Idle, _) => "The firm is working on it.",
            (Self::WaitingForAdmin, _) => "A colleague of the firm was asked to help.",
            (Self::PendingApproval, _) => "Procore reviews the firm’s app.",
            (Self::Completing, _) => "The plan is being carried out.",
            (Self::CompletionNeedsPerson, Some(cause)) => {
                return format!("Setting up stopped: {cause}.");
            }
            (Self::CompletionNeedsPerson, None) => "Setting up stopped.",
            (Self::Connected, _) => "Procore is connected.",
            (Self::ConnectionBroken, Some(cause)) => {
                return format!("Nothing can be read from Procore any more: {cause}.");
            }
            (Self::ConnectionBroken, None) => "Nothing can be read from Procore any more.",
            (Self::ConnectionDegraded, Some(cause)) => {
                return format!("Procore is connected, but something is wrong: {cause}.");
            }
            (Self::ConnectionDegraded, None) => "Procore is connected, but something is wrong.",
            (Self::ConnectionPaused, _) => "The firm paused its connection.",
            (Self::Closing, Some(cause)) => {
                return format!(
                    "This setup was closed; what we created in Procore is still there: {cause}."
                );
            }
            (Self::Closing, None) => {
                "This setup was closed; what we created in Procore is being removed."
            }
            (Self::Closed, _) => "This setup was closed.",
            (_, Some(cause)) => return format!("{cause}."),
            (Self::ProcoreOutage | Self::CompletionWaiting, None) => "Procore asked us to wait.",
            (_, None) => "The checks did not pass.",
        };
        text.to_owned()
    }
}

/// What the firm does next while nothing is in its way; `checks` are those of the step.
pub(crate) fn firms_turn(stage: Stage, checks: Option<Standing>) -> &'static str {
    let passed = checks == Some(Standing::Passed);
    match (stage, passed) {
        (Stage::Verify | Stage::Permissions, false) if checks == Some(Standing::Running) => {
            "The checks are running."
        }
        (Stage::Review, _) => "It is the firm’s turn: it chooses what to bring.",
        (Stage::Credentials, _) => "It is the firm’s turn: it enters its Procore details.",
        (Stage::Verify, true) => {
            "All checks passed. It is the firm’s turn: it confirms that this is its company."
        }
        (Stage::Verify, false) => "It is the firm’s turn: its Procore details are to be checked.",
        (Stage::Settings, _) => {
            "It is the firm’s turn: it looks at its choice of data and saves it."
        }
        (Stage::Permissions, true) => {
            "All checks passed. It is the firm’s turn: it continues to the plan."
        }
        (Stage::Permissions, false) => "It is the firm’s turn: it has the permissions checked.",
        (Stage::Complete, _) => {
            "All checks passed. It is the firm’s turn: it looks at the plan and completes the integration."
        }
        (Stage::Completing | Stage::Done, _) => "The plan is being carried out.",
    }
}

fn completion_needs_person(reason: ReasonCode) -> String {
    let text = match reason {
        ReasonCode::Credentials => "Completion needs a person: key rejected",
        ReasonCode::Environment => "Completion needs a person: key of another environment",
        ReasonCode::NotInstalled => "Completion needs a person: app not installed",
        ReasonCode::Company => "Completion needs a person: company not reached",
        ReasonCode::Taken => "Completion needs a person: company connected elsewhere",
        ReasonCode::NotYours => "Completion needs a person: company not proven",
        ReasonCode::Level(tool) => {
            return format!(
                "Completion needs a person: level too low on {}",
                tool.label()
            );
        }
        ReasonCode::WebhookLevel => "Completion needs a person: level too low on Webhooks API",
        ReasonCode::NoProjects => "Completion needs a person: no projects shared",
        ReasonCode::ProjectTool => "Completion needs a person: project tool not readable",
        ReasonCode::Hidden => "Completion needs a person: hidden by Procore",
        ReasonCode::Unreachable => "Completion needs a person: Procore outage",
        ReasonCode::Rate | ReasonCode::Busy => {
            "Completion needs a person: Procore asked to slow down"
        }
        ReasonCode::PendingApproval => "Completion needs a person: Procore reviews the app",
        ReasonCode::Hook => "Completion needs a person: webhook changed in Procore",
        ReasonCode::Deliveries => "Completion needs a person: deliveries fail",
        ReasonCode::Late => "Completion needs a person: copy is late",
        ReasonCode::AppUpdate => "Completion needs a person: update of the app waits",
        ReasonCode::Excess | ReasonCode::Unexpected => {
            "Completion needs a person: unknown answer from Procore"
        }
    };
    text.to_owned()
}

fn closing(reason: ReasonCode) -> String {
    let text = match reason {
        ReasonCode::Credentials => "Closing: key rejected",
        ReasonCode::Environment => "Closing: key of another environment",
        ReasonCode::NotInstalled => "Closing: app not installed",
        ReasonCode::Company => "Closing: company not reached",
        ReasonCode::Taken => "Closing: company connected elsewhere",
        ReasonCode::NotYours => "Closing: company not proven",
        ReasonCode::Level(tool) => {
            return format!("Closing: level too low on {}", tool.label());
        }
        ReasonCode::WebhookLevel => "Closing: level too low on Webhooks API",
        ReasonCode::NoProjects => "Closing: no projects shared",
        ReasonCode::ProjectTool => "Closing: project tool not readable",
        ReasonCode::Hidden => "Closing: hidden by Procore",
        ReasonCode::Unreachable => "Closing: Procore outage",
        ReasonCode::Rate | ReasonCode::Busy => "Closing: Procore asked to slow down",
        ReasonCode::PendingApproval => "Closing: Procore reviews the app",
        ReasonCode::Hook => "Closing: webhook changed in Procore",
        ReasonCode::Deliveries => "Closing: deliveries fail",
        ReasonCode::Late => "Closing: copy is late",
        ReasonCode::AppUpdate => "Closing: update of the app waits",
        ReasonCode::Excess | ReasonCode::Unexpected => "Closing: unknown answer from Procore",
    };
    text.to_owned()
}

#[cfg(test)]
#[path = "situation_tests.rs"]
mod tests;

/// The line of the queue where the reason is about integrated projects alone.
pub(crate) fn in_projects(count: u64, of: u64, reason: ReasonCode) -> String {
    format!("{} ({})", concerned(reason, count, of), cause(reason))
}
