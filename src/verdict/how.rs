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
