//! What happened, by whom and when.

use super::{Icon, Rich, When};
use crate::identity::ActorKind;
use crate::text::pages;

impl ActorKind {
    pub fn word(self) -> &'static str {
        match self {
            Self::FirmAdmin => pages::FIRM,
            Self::Colleague => pages::COLLEAGUE,
            Self::Support => pages::SUPPORT,
            Self::System => pages::SYSTEM,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::FirmAdmin | Self::Colleague => "is-firm",
            Self::Support => "is-staff",
            Self::System => "is-system",
        }
    }

    /// People share one icon.
    pub fn icon(self) -> Icon {
        match self {
            Self::FirmAdmin | Self::Colleague | Self::Support => Icon::Person,
            Self::System => Icon::Refresh,
        }
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone)]
pub struct TimelineEntry {
    pub kind: ActorKind,
    pub who: String,
    pub what: Rich,
    pub at: When,
    /// A note or a reason that came with it.
    pub detail: Option<String>,
    /// The address it was done from.
    pub from: Option<String>,
    /// Whether only support people see it.
    pub internal: bool,
}

impl TimelineEntry {
    pub fn new(kind: ActorKind, who: impl Into<String>, what: impl Into<Rich>, at: When) -> Self {
        Self {
            kind,
            who: who.into(),
            what: what.into(),
            at,
            detail: None,
            from: None,
            internal: false,
        }
    }
}
