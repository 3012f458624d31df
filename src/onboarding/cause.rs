//! Why an onboarding is in the queue, as support reads it: one plain line from the derived reason,
//! its code and how long the firm has not moved.

use super::attention::Reason;
use super::stage::Stage;
use crate::verdict::ReasonCode;

/// What the queue is counted and filtered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    CompletionNeedsPerson,
    KeyRejected,
    WrongEnvironment,
    AppNotInstalled,
    CompanyNotFound,
    CompanyTaken,
    LevelTooLow,
    NoProjects,
    ProjectTool,
    Hidden,
    /// Procore answered what we do not know.
    UnknownAnswer,
    /// A colleague of the firm was asked to do something in Procore.
    WaitingForAdmin,
    ProcoreOutage,
    CompletionWaiting,
    Completing,
    NeverStarted,
    /// The firm began and has not moved for long. Never stored: it comes with time alone.
    Idle,
    InProgress,
    Connected,
    /// It was closed, and what we created in Procore is being removed.
    Closing,
    Closed,
}

impl Cause {
    /// Every cause, in the order of the queue's counts: what needs somebody first.
    pub const ALL: [Self; 21] = [
        Self::CompletionNeedsPerson,
        Self::KeyRejected,
        Self::WrongEnvironment,
        Self::AppNotInstalled,
        Self::CompanyNotFound,
        Self::CompanyTaken,
        Self::LevelTooLow,
        Self::NoProjects,
        Self::ProjectTool,
        Self::Hidden,
        Self::UnknownAnswer,
        Self::WaitingForAdmin,
        Self::ProcoreOutage,
        Self::CompletionWaiting,
        Self::Completing,
        Self::NeverStarted,
        Self::Idle,
        Self::InProgress,
        Self::Connected,
        Self::Closing,
        Self::Closed,
    ];

    /// The cause behind a derived reason; time is not asked.
    pub fn of(stage: Stage, reason: Reason, code: Option<ReasonCode>) -> Self {
        match reason {
            Reason::NeverStarted => Self::NeverStarted,
            Reason::InProgress => Self::InProgress,
            Reason::HandedOver => Self::WaitingForAdmin,
            Reason::CheckFailed => code.map_or(Self::UnknownAnswer, Self::of_code),
            Reason::ProcoreAway => match stage {
                Stage::Completing | Stage::Done => Self::CompletionWaiting,
                Stage::Review
                | Stage::Credentials
                | Stage::Verify
                | Stage::Settings
                | Stage::Permissions
                | Stage::Complete => Self::ProcoreOutage,
            },
            Reason::Completing => Self::Completing,
            Reason::CompletionNeedsPerson => Self::CompletionNeedsPerson,
            Reason::Connected => Self::Connected,
            Reason::Closing => Self::Closing,
            Reason::Closed => Self::Closed,
        }
    }

    fn of_code(code: ReasonCode) -> Self {
        match code {
            ReasonCode::Credentials => Self::KeyRejected,
            ReasonCode::Environment => Self::WrongEnvironment,
            ReasonCode::NotInstalled => Self::AppNotInstalled,
            ReasonCode::Company => Self::CompanyNotFound,
            ReasonCode::Taken => Self::CompanyTaken,
            ReasonCode::Level(_) | ReasonCode::WebhookLevel => Self::LevelTooLow,
            ReasonCode::NoProjects => Self::NoProjects,
            ReasonCode::ProjectTool => Self::ProjectTool,
            ReasonCode::Hidden => Self::Hidden,
            ReasonCode::Unreachable | ReasonCode::Rate | ReasonCode::Busy => Self::ProcoreOutage,
            ReasonCode::Excess | ReasonCode::Unexpected => Self::UnknownAnswer,
        }
    }

    /// The cause as it reads now: a firm that began and has been idle for too long is idle.
    #[must_use]
    pub fn after(self, is_idle: bool) -> Self {
        match self {
            Self::InProgress if is_idle => Self::Idle,
            other => other,
        }
    }

    /// The cause in a few words.
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
            Self::ProcoreOutage => "Procore outage",
            Self::CompletionWaiting => "Completion waiting",
            Self::Completing => "Completion running",
            Self::NeverStarted => "Never started",
            Self::Idle => "Idle",
            Self::InProgress => "In progress",
            Self::Connected => "Connected",
            Self::Closing => "Closing",
            Self::Closed => "Closed",
        }
    }

    /// The one plain line of the queue: the cause, with what its code adds.
    pub fn line(self, code: Option<ReasonCode>) -> String {
        let label = self.label();
        match (self, code) {
            (Self::LevelTooLow, Some(ReasonCode::Level(tool))) => {
                format!("{label} on {}", tool.label())
            }
            (Self::LevelTooLow, Some(ReasonCode::WebhookLevel)) => {
                format!("{label} on Webhooks API")
            }
            (Self::CompletionNeedsPerson | Self::Closing, Some(code)) => {
                let of_code = Self::of_code(code).line(Some(code));
                format!("{label}: {}", lower_first(&of_code))
            }
            (
                Self::ProcoreOutage | Self::CompletionWaiting,
                Some(ReasonCode::Rate | ReasonCode::Busy),
            ) => format!("{label}: asked to slow down"),
            _ => label.to_owned(),
        }
    }

    /// The stored form, which also stands in addresses; schema.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CompletionNeedsPerson => "completion_needs_person",
            Self::KeyRejected => "key_rejected",
            Self::WrongEnvironment => "wrong_environment",
            Self::AppNotInstalled => "app_not_installed",
            Self::CompanyNotFound => "company_not_found",
            Self::CompanyTaken => "company_taken",
            Self::LevelTooLow => "level_too_low",
            Self::NoProjects => "no_projects",
            Self::ProjectTool => "project_tool",
            Self::Hidden => "hidden",
            Self::UnknownAnswer => "unknown_answer",
            Self::WaitingForAdmin => "waiting_for_admin",
            Self::ProcoreOutage => "procore_outage",
            Self::CompletionWaiting => "completion_waiting",
            Self::Completing => "completing",
            Self::NeverStarted => "never_started",
            Self::Idle => "idle",
            Self::InProgress => "in_progress",
            Self::Connected => "connected",
            Self::Closing => "closing",
            Self::Closed => "closed",
        }
    }

    /// Reads the stored form.
    pub fn from_stored(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cause| cause.as_str() == text)
    }
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        // Names of ours and of others keep their capital.
        Some(first) if !text.starts_with("Procore") => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
#[path = "cause_tests.rs"]
mod tests;
