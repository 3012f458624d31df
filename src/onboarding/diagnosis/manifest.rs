//! Procore's permission manifest: our level on each company tool.

use serde::{Deserialize, Serialize};

use crate::catalog::{Level, Tool};

/// One tool as the manifest shows it, in Procore's spelling.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestTool {
    /// The engine name (`directory`); a company cannot change it.
    pub name: String,
    /// The label, which a company may have changed.
    pub friendly_name: String,
    /// Our level, as spelt: "Read Only", "Read-Only", "Read-only".
    pub level: Option<String>,
    /// Whether the tool is there for us at all.
    pub available: bool,
}

/// What the manifest says about one tool that we know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found<'a> {
    /// Our level; `None` where it is spelt in a way we do not know.
    pub level: Option<Level>,
    /// The label in this company.
    pub title: &'a str,
}

/// Looks a tool up. `None` where the manifest lacks it: the company does not have the
/// tool, or has it under a name that we do not know, and the attempt to read decides.
///
/// A match of the engine name wins over a match of the label: a company may have
/// called another tool "Directory".
pub fn find(manifest: &[ManifestTool], tool: Tool) -> Option<Found<'_>> {
    let by_name = |entry: &&ManifestTool| Tool::recognise(&entry.name) == Some(tool);
    let by_label = |entry: &&ManifestTool| Tool::recognise(&entry.friendly_name) == Some(tool);
    let entry = manifest
        .iter()
        .find(by_name)
        .or_else(|| manifest.iter().find(by_label))?;
    Some(Found {
        level: if entry.available {
            entry.level.as_deref().and_then(Level::parse)
        } else {
            Some(Level::None)
        },
        title: &entry.friendly_name,
    })
}
