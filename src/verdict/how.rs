//! How we know what a verdict says, and what else it has to say.

use serde::{Deserialize, Serialize};

/// How we know it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// Procore's list of our permissions says so.
    Manifest,
    /// We tried to read.
    Probe,
    /// Both, and they agree.
    Both,
    /// Reading cannot tell; it will show when we write.
    NotTestableByReading,
}

impl How {
    /// The words on the page.
    pub fn label(self) -> &'static str {
        match self {
            Self::Manifest => "Procore's permission list",
            Self::Probe => "We tried to read it",
            Self::Both => "Procore's permission list, and we tried to read it",
            Self::NotTestableByReading => "Not testable by reading",
        }
    }
}

/// Something to say besides the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Note {
    /// The list came back empty: there is nothing, or it is hidden from us.
    EmptyList,
    /// Reading works although the level is below the one that is usually needed.
    ReadableBelowLevel,
    /// The permission list shows enough, yet Procore refused.
    RefusedDespiteLevel,
    /// The list came with fewer fields than asked for.
    ReducedFields,
    /// Procore's permission list was not to be had; we tried to read instead.
    NoManifest,
    /// The permission list does not name the tool; we tried to read instead.
    ToolNotListed,
    /// Procore did not tell the company's name.
    NameUnknown,
    /// The app's user in the company Directory is inactive.
    InactiveUser,
    /// Whether we may create webhooks shows on Complete; nothing is written before.
    WriteNotTested,
}

impl Note {
    /// The words on the page.
    pub fn text(self) -> &'static str {
        match self {
            Self::EmptyList => {
                "The list is empty: there is nothing in it, or nothing that we may see."
            }
            Self::ReadableBelowLevel => {
                "Reading works today, although the level is below the one that Procore names."
            }
            Self::RefusedDespiteLevel => {
                "Procore's permission list shows a high enough level, yet reading was refused."
            }
            Self::ReducedFields => "Procore left out most of the details.",
            Self::NoManifest => "Procore's permission list was not available, so we tried to read.",
            Self::ToolNotListed => {
                "Procore's permission list does not name this tool, so we tried to read."
            }
            Self::NameUnknown => "Procore does not tell us the name of this company.",
            Self::InactiveUser => "The app's own entry in your company Directory is inactive.",
            Self::WriteNotTested => {
                "Not tested: writing. Whether we may create the webhook shows when you complete the setup."
            }
        }
    }
}
