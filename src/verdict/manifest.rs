//! Procore's permission manifest: our level on each tool of a company or project.

use super::{Answer, Cause, Facts, Note, general};
use crate::catalog::{Level, Tool};

/// The tools as our user sees them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Manifest {
    /// In Procore's order.
    pub tools: Vec<ManifestTool>,
}

/// One tool of a manifest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestTool {
    /// The engine name (`directory`), which a company cannot change.
    pub name: String,
    /// The label, which a company may have changed.
    pub label: String,
    /// Our level; `None` where it has a name that nobody documented.
    pub level: Option<Level>,
}

impl Manifest {
    /// Looks a tool up. `None` where the manifest lacks it: the company does not have the tool, or
    /// has it under a name that we do not know, and an attempt to read decides.
    ///
    /// The engine name counts. The label is a fallback for tools whose engine name tells nothing:
    /// a company may have labelled another tool "Directory", wherever it stands in the list.
    pub fn find(&self, tool: Tool) -> Option<&ManifestTool> {
        let by_name = |entry: &&ManifestTool| Tool::recognise(&entry.name) == Some(tool);
        let by_label = |entry: &&ManifestTool| {
            Tool::recognise(&entry.name).is_none() && Tool::recognise(&entry.label) == Some(tool)
        };
        let mut tools = self.tools.iter();
        tools
            .find(by_name)
            .or_else(|| self.tools.iter().find(by_label))
    }

    /// Our level on a tool, if the manifest shows one that we know.
    pub fn level(&self, tool: Tool) -> Option<Level> {
        self.find(tool)?.level
    }
}

/// A manifest as far as we have it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ManifestState<'a> {
    /// Procore gave it.
    Known(&'a Manifest),
    /// Procore is down or slows us down.
    Waiting(Cause),
    /// Procore refused it, or it was not asked for.
    Missing,
}

impl<'a> ManifestState<'a> {
    /// The entry of a tool.
    pub(super) fn find(self, tool: Tool) -> Option<&'a ManifestTool> {
        match self {
            Self::Known(manifest) => manifest.find(tool),
            Self::Waiting(_) | Self::Missing => None,
        }
    }

    /// Our level on a tool.
    pub(super) fn level(self, tool: Tool) -> Option<Level> {
        self.find(tool)?.level
    }

    /// Why a level is not known.
    pub(super) fn gap(self) -> Note {
        match self {
            Self::Known(_) => Note::ToolNotListed,
            Self::Waiting(_) | Self::Missing => Note::NoManifest,
        }
    }
}

impl<'a> From<Option<&'a Manifest>> for ManifestState<'a> {
    fn from(manifest: Option<&'a Manifest>) -> Self {
        manifest.map_or(Self::Missing, Self::Known)
    }
}

impl<'a> From<Option<&'a Answer>> for ManifestState<'a> {
    fn from(answer: Option<&'a Answer>) -> Self {
        match answer {
            Some(Answer::Accepted(Facts::Manifest(manifest))) => Self::Known(manifest),
            Some(answer) => match general(answer) {
                Some(cause) if cause.is_wait() => Self::Waiting(cause),
                Some(_) | None => Self::Missing,
            },
            None => Self::Missing,
        }
    }
}
