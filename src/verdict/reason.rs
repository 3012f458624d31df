//! Why a check did not pass, as one of a short list of published codes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::catalog::Tool;

/// The cause of a check that did not pass, or of a wait.
///
/// Its text form (`PC-LEVEL:directory`) is published: people read it to support on the
/// phone, and rows are stored under it. It never changes its meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReasonCode {
    /// Procore does not answer, or answers with a fault of its own.
    Unreachable,
    /// Procore does not know this client id and secret.
    Credentials,
    /// The client id and secret belong to another of Procore's environments.
    Environment,
    /// The app is not installed in the company, or was disconnected.
    NotInstalled,
    /// This access does not reach the company with the given id.
    Company,
    /// The Procore company is already connected to another firm.
    Taken,
    /// The person who signed in with Procore does not administer the company.
    NotYours,
    /// The level on a company tool is too low.
    Level(Tool),
    /// No project is shared with the app.
    NoProjects,
    /// A tool of a visible project cannot be read: switched off there, or too low a level.
    ProjectTool,
    /// Procore says that something is not there, or hides it.
    Hidden,
    /// The level on Webhooks API is below Standard.
    WebhookLevel,
    /// Procore asked us to slow down.
    Rate,
    /// Procore is overloaded and said when to come back.
    Busy,
    /// More access than needed. A warning, never a failure.
    Excess,
    /// An answer we do not know.
    Unexpected,
    /// Procore reviews the firm's developer account or app. No check finds it: the firm says so.
    PendingApproval,
    /// Our webhook was disabled, altered or removed in Procore.
    Hook,
    /// Procore's deliveries to us fail, or it gave some up.
    Deliveries,
    /// Our copy was not renewed as the schedule promises.
    Late,
    /// A newer version of the app waits to be accepted in Procore.
    AppUpdate,
}

/// Who can fix a cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    /// The person who sets the connection up for the firm, on our own pages.
    FirmAdmin,
    /// An administrator of the firm's Procore company, inside Procore.
    ProcoreAdmin,
    /// Our support.
    Us,
    /// Procore itself: nobody has to do anything but wait.
    Procore,
}

impl ReasonCode {
    /// Every reason, in the order of the published list; once per tool for levels.
    pub fn all() -> impl Iterator<Item = Self> {
        let before = [
            Self::Unreachable,
            Self::Credentials,
            Self::Environment,
            Self::NotInstalled,
            Self::Company,
            Self::Taken,
            Self::NotYours,
        ];
        let after = [
            Self::NoProjects,
            Self::ProjectTool,
            Self::Hidden,
            Self::WebhookLevel,
            Self::Rate,
            Self::Busy,
            Self::Excess,
            Self::Unexpected,
            Self::PendingApproval,
            Self::Hook,
            Self::Deliveries,
            Self::Late,
            Self::AppUpdate,
        ];
        before
            .into_iter()
            .chain(Tool::ALL.map(Self::Level))
            .chain(after)
    }

    /// The code without its tool: what help texts are filed under.
    pub fn family(self) -> &'static str {
        match self {
            Self::Unreachable => "PC-UNREACHABLE",
            Self::Credentials => "PC-CREDENTIALS",
            Self::Environment => "PC-ENVIRONMENT",
            Self::NotInstalled => "PC-NOT-INSTALLED",
            Self::Company => "PC-COMPANY",
            Self::Taken => "PC-TAKEN",
            Self::NotYours => "PC-NOT-YOURS",
            Self::Level(_) => "PC-LEVEL",
            Self::NoProjects => "PC-NO-PROJECTS",
            Self::ProjectTool => "PC-PROJECT-TOOL",
            Self::Hidden => "PC-HIDDEN",
            Self::WebhookLevel => "PC-WEBHOOK-LEVEL",
            Self::Rate => "PC-RATE",
            Self::Busy => "PC-BUSY",
            Self::Excess => "PC-EXCESS",
            Self::Unexpected => "PC-UNEXPECTED",
            Self::PendingApproval => "PC-PENDING-APPROVAL",
            Self::Hook => "PC-HOOK",
            Self::Deliveries => "PC-DELIVERIES",
            Self::Late => "PC-LATE",
            Self::AppUpdate => "PC-APP-UPDATE",
        }
    }

    /// Who can fix it.
    pub fn party(self) -> Party {
        match self {
            Self::Credentials | Self::Environment | Self::Company | Self::Hook => Party::FirmAdmin,
            Self::NotInstalled
            | Self::NotYours
            | Self::Level(_)
            | Self::NoProjects
            | Self::ProjectTool
            | Self::Hidden
            | Self::WebhookLevel
            | Self::Excess
            | Self::AppUpdate => Party::ProcoreAdmin,
            Self::Taken | Self::Unexpected | Self::Deliveries | Self::Late => Party::Us,
            Self::Unreachable | Self::Rate | Self::Busy | Self::PendingApproval => Party::Procore,
        }
    }

    /// Whether nothing at all can be read before it is fixed: it is about the access as a whole.
    pub(crate) fn stops_everything(self) -> bool {
        match self {
            Self::Credentials
            | Self::Environment
            | Self::NotInstalled
            | Self::Company
            | Self::Taken
            | Self::NotYours => true,
            Self::Unreachable
            | Self::Level(_)
            | Self::NoProjects
            | Self::ProjectTool
            | Self::Hidden
            | Self::WebhookLevel
            | Self::Rate
            | Self::Busy
            | Self::Excess
            | Self::Unexpected
            | Self::PendingApproval
            | Self::Hook
            | Self::Deliveries
            | Self::Late
            | Self::AppUpdate => false,
        }
    }

    /// Whether waiting is all there is to do: an outage or the pace of Procore, never
    /// something the firm did.
    pub fn is_wait(self) -> bool {
        matches!(self, Self::Unreachable | Self::Rate | Self::Busy)
    }
}

impl fmt::Display for ReasonCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Level(tool) => write!(out, "{}:{}", self.family(), tool.key()),
            Self::Unreachable
            | Self::Credentials
            | Self::Environment
            | Self::NotInstalled
            | Self::Company
            | Self::Taken
            | Self::NotYours
            | Self::NoProjects
            | Self::ProjectTool
            | Self::Hidden
            | Self::WebhookLevel
            | Self::Rate
            | Self::Busy
            | Self::Excess
            | Self::Unexpected
            | Self::PendingApproval
            | Self::Hook
            | Self::Deliveries
            | Self::Late
            | Self::AppUpdate => out.write_str(self.family()),
        }
    }
}

/// A text that is no reason code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a reason code")]
pub struct UnknownReason(pub String);

impl FromStr for ReasonCode {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim();
        Self::all()
            .find(|code| code.to_string().eq_ignore_ascii_case(wanted))
            .ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

impl Serialize for ReasonCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ReasonCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_survives_storage() {
        let mut seen = HashSet::new();
        for code in ReasonCode::all() {
            let text = code.to_string();
            assert_eq!(text.parse(), Ok(code));
            assert_eq!(
                text.to_lowercase().parse(),
                Ok(code),
                "read out on the phone"
            );
            let stored = serde_json::to_string(&code).unwrap();
            assert_eq!(serde_json::from_str::<ReasonCode>(&stored).unwrap(), code);
            assert!(seen.insert(text));
        }
        let families: HashSet<_> = ReasonCode::all().map(ReasonCode::family).collect();
        assert_eq!(families.len(), 21, "the published list has twenty-one");
    }

    #[test]
    fn a_level_names_its_tool() {
        assert_eq!(
            ReasonCode::Level(Tool::Directory).to_string(),
            "PC-LEVEL:directory"
        );
        assert_eq!(
            "PC-LEVEL:webhooks_api".parse(),
            Ok(ReasonCode::Level(Tool::WebhooksApi))
        );
        for text in [
            "PC-LEVEL",
            "PC-LEVEL:",
            "PC-LEVEL:kitchen",
            "",
            "PC-FORBIDDEN",
        ] {
            assert_eq!(
                text.parse::<ReasonCode>(),
                Err(UnknownReason(text.to_owned()))
            );
        }
    }

    #[test]
    fn waiting_is_never_laid_on_the_firm() {
        let waits: Vec<_> = ReasonCode::all()
            .filter(|code| code.is_wait())
            .map(ReasonCode::family)
            .collect();
        assert_eq!(waits, ["PC-UNREACHABLE", "PC-RATE", "PC-BUSY"]);
    }
}
