//! The tools of Procore whose levels decide what can be read, in the company and in a project.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A tool of Procore that something of ours needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// *Admin*: the settings, where departments, offices and the like are kept.
    Admin,
    /// *Change Events* of a project.
    ChangeEvents,
    /// *Commitments* of a project.
    Commitments,
    /// *Directory*: people and companies.
    Directory,
    /// *Drawings* of a project.
    Drawings,
    /// *Meetings* of a project.
    Meetings,
    /// *Portfolio*: the list of projects.
    Portfolio,
    /// *Prime Contracts* of a project.
    PrimeContracts,
    /// *RFIs* of a project.
    Rfis,
    /// *Submittals* of a project.
    Submittals,
    /// *Webhooks API*: live updates.
    WebhooksApi,
}

impl Tool {
    /// Every tool, in alphabetical order of its label.
    pub const ALL: [Self; 11] = [
        Self::Admin,
        Self::ChangeEvents,
        Self::Commitments,
        Self::Directory,
        Self::Drawings,
        Self::Meetings,
        Self::Portfolio,
        Self::PrimeContracts,
        Self::Rfis,
        Self::Submittals,
        Self::WebhooksApi,
    ];

    /// Stable key for storage and reason codes.
    pub fn key(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::ChangeEvents => "change_events",
            Self::Commitments => "commitments",
            Self::Directory => "directory",
            Self::Drawings => "drawings",
            Self::Meetings => "meetings",
            Self::Portfolio => "portfolio",
            Self::PrimeContracts => "prime_contracts",
            Self::Rfis => "rfis",
            Self::Submittals => "submittals",
            Self::WebhooksApi => "webhooks_api",
        }
    }

    /// The name in Procore's menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::ChangeEvents => "Change Events",
            Self::Commitments => "Commitments",
            Self::Directory => "Directory",
            Self::Drawings => "Drawings",
            Self::Meetings => "Meetings",
            Self::Portfolio => "Portfolio",
            Self::PrimeContracts => "Prime Contracts",
            Self::Rfis => "RFIs",
            Self::Submittals => "Submittals",
            Self::WebhooksApi => "Webhooks API",
        }
    }

    /// Recognises a tool by a name that Procore gave, its engine name or its label.
    ///
    /// Procore publishes no list of engine names, and companies may rename a tool, so
    /// case and punctuation do not count, a leading "company" or "project" does not count, and
    /// any name that mentions a webhook is the Webhooks API tool. The aliases are few on
    /// purpose: a tool that is not recognised costs nothing, since an attempt to read
    /// decides then, whereas a wrong match would report a wrong level.
    pub fn recognise(name: &str) -> Option<Self> {
        let letters = letters(name);
        let scopes = ["company", "project"].into_iter();
        let bare = scopes
            .filter_map(|scope| letters.strip_prefix(scope))
            .next();
        let bare = bare
            .filter(|it| !it.is_empty() && *it != "s")
            .unwrap_or(&letters);
        let bare = bare.strip_suffix("tool").unwrap_or(bare);
        match bare {
            "admin" | "administration" => Some(Self::Admin),
            "directory" => Some(Self::Directory),
            "changeevent" | "changeevents" => Some(Self::ChangeEvents),
            "commitment" | "commitments" => Some(Self::Commitments),
            "drawing" | "drawings" => Some(Self::Drawings),
            "meeting" | "meetings" => Some(Self::Meetings),
            "portfolio" | "projects" => Some(Self::Portfolio),
            "primecontract" | "primecontracts" => Some(Self::PrimeContracts),
            "rfi" | "rfis" => Some(Self::Rfis),
            "submittal" | "submittals" | "submittallog" => Some(Self::Submittals),
            _ if bare.contains("webhook") => Some(Self::WebhooksApi),
            _ => None,
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.label())
    }
}

/// The letters and digits of a name in lower case: what is left to compare when spelling
/// does not count.
pub(super) fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
