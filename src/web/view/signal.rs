//! The states that a page shows, each by hue, icon and word together.

use super::Icon;
use crate::ledger::ActionState;
use crate::text::pages;

/// What a state means to the reader. Three have a colour; the rest are neutral.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Finished, nothing to do.
    Done,
    /// Waiting for time or for somebody else.
    Waiting,
    /// Waiting for the reader.
    Needed,
    /// Going on right now.
    Running,
    /// Not begun, or not known.
    Idle,
}

impl Signal {
    /// The class that carries the hue.
    pub fn class(self) -> &'static str {
        match self {
            Self::Done => "is-done",
            Self::Waiting => "is-waiting",
            Self::Needed => "is-needed",
            Self::Running => "is-running",
            Self::Idle => "is-idle",
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Done => Icon::Check,
            Self::Waiting => Icon::Clock,
            Self::Needed => Icon::Alert,
            Self::Running => Icon::Ring,
            Self::Idle => Icon::Dash,
        }
    }
}

/// How far one step of the wizard is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepState {
    NotStarted,
    InProgress,
    Done,
    NeedsAttention,
}

impl StepState {
    pub fn word(self) -> &'static str {
        match self {
            Self::NotStarted => pages::NOT_STARTED,
            Self::InProgress => pages::IN_PROGRESS,
            Self::Done => pages::DONE,
            Self::NeedsAttention => pages::NEEDS_ATTENTION,
        }
    }

    pub fn signal(self) -> Signal {
        match self {
            Self::NotStarted => Signal::Idle,
            Self::InProgress => Signal::Running,
            Self::Done => Signal::Done,
            Self::NeedsAttention => Signal::Needed,
        }
    }
}

/// What one check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckState {
    NotRun,
    Running,
    Passed,
    /// Passed, with something worth knowing.
    Warning,
    Failed,
    /// Procore is unavailable or asked us to wait.
    Waiting,
    /// Reading cannot prove it, or an earlier check failed first.
    NotTested,
}

impl CheckState {
    pub fn word(self) -> &'static str {
        match self {
            Self::NotRun => pages::NOT_CHECKED,
            Self::Running => pages::CHECKING,
            Self::Passed => pages::PASSED,
            Self::Warning => pages::WARNING,
            Self::Failed => pages::FAILED,
            Self::Waiting => pages::WAITING,
            Self::NotTested => pages::NOT_TESTED,
        }
    }

    pub fn signal(self) -> Signal {
        match self {
            Self::NotRun | Self::NotTested => Signal::Idle,
            Self::Running => Signal::Running,
            Self::Passed => Signal::Done,
            Self::Warning | Self::Waiting => Signal::Waiting,
            Self::Failed => Signal::Needed,
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Warning => Icon::Warning,
            Self::NotRun
            | Self::Running
            | Self::Passed
            | Self::Failed
            | Self::Waiting
            | Self::NotTested => self.signal().icon(),
        }
    }
}

/// What the state of one action of a run means to the reader.
impl From<ActionState> for Signal {
    fn from(state: ActionState) -> Self {
        match state {
            ActionState::Pending => Self::Idle,
            ActionState::Running => Self::Running,
            ActionState::Waiting | ActionState::Partial | ActionState::Short => Self::Waiting,
            ActionState::Done => Self::Done,
            ActionState::NeedsPerson => Self::Needed,
        }
    }
}
