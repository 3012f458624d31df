//! Procore's four access levels.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::tool::letters;

/// Access level on a tool, lowest first, so that levels compare.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// No access: what a new account starts with.
    None,
    /// May read.
    ReadOnly,
    /// May work with the tool.
    Standard,
    /// May do everything, and set the tool up.
    Admin,
}

impl Level {
    /// Every level, lowest first.
    pub const ALL: [Self; 4] = [Self::None, Self::ReadOnly, Self::Standard, Self::Admin];

    /// Parses a level as Procore spells it.
    ///
    /// Procore's sources write "Read Only", "Read-Only" and "Read-only", so case, spaces and
    /// punctuation do not count. A level that is none of the four is `Option::None`, and an
    /// attempt to read decides.
    pub fn parse(text: &str) -> Option<Self> {
        let spelt = letters(text);
        Self::ALL
            .into_iter()
            .find(|level| letters(level.label()) == spelt)
    }

    /// The name as Procore's permission pages show it.
    pub fn label(self) -> &'static str {
        match self {
            Self::None => "None",
            Self::ReadOnly => "Read Only",
            Self::Standard => "Standard",
            Self::Admin => "Admin",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.label())
    }
}
