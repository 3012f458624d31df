//! Procore's four access levels.

use std::fmt;

use serde::{Deserialize, Serialize};

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

    /// Reads a level from Procore's manifest.
    ///
    /// Procore spells one level "Read Only", "Read-Only" and "Read-only"; case, spaces
    /// and punctuation therefore do not count. A level that is none of the four is
    /// `Option::None`, and the attempt to read decides.
    pub fn parse(text: &str) -> Option<Self> {
        match super::tool::letters(text).as_str() {
            "none" | "noaccess" => Some(Self::None),
            "readonly" | "read" => Some(Self::ReadOnly),
            "standard" => Some(Self::Standard),
            "admin" | "administrator" => Some(Self::Admin),
            _ => None,
        }
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
