//! The states that a page shows, each by hue, icon and word together.

use super::Icon;

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
            Self::NotStarted => "Not started",
            Self::InProgress => "In progress",
            Self::Done => "Done",
            Self::NeedsAttention => "Needs attention",
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
            Self::NotRun => "Not checked",
            Self::Running => "Checking",
            Self::Passed => "Passed",
            Self::Warning => "Warning",
            Self::Failed => "Failed",
            Self::Waiting => "Waiting",
            Self::NotTested => "Not tested",
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

/// How far one action of a long job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LedgerState {
    Pending,
    Running,
    Waiting,
    Done,
    /// Ended with part of the data, with a reason.
    Partial,
    NeedsPerson,
}

impl LedgerState {
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "Not started",
            Self::Running => "In progress",
            Self::Waiting => "Waiting",
            Self::Done => "Done",
            Self::Partial => "Partly done",
            Self::NeedsPerson => "Needs attention",
        }
    }

    pub fn signal(self) -> Signal {
        match self {
            Self::Pending => Signal::Idle,
            Self::Running => Signal::Running,
            Self::Waiting | Self::Partial => Signal::Waiting,
            Self::Done => Signal::Done,
            Self::NeedsPerson => Signal::Needed,
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Partial => Icon::Warning,
            Self::Pending | Self::Running | Self::Waiting | Self::Done | Self::NeedsPerson => {
                self.signal().icon()
            }
        }
    }
}
