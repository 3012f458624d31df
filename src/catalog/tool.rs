//! The Procore company tools whose levels decide what can be read.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A company tool of Procore that something of ours needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tool {
    /// *Admin*: the company's settings, where departments, offices and the like are kept.
    Admin,
    /// *Directory*: people and companies.
    Directory,
    /// *Portfolio*: the list of projects.
    Portfolio,
    /// *Webhooks API*: live updates.
    WebhooksApi,
}

impl Tool {
    /// Every tool, in alphabetical order of its label.
    pub const ALL: [Self; 4] = [
        Self::Admin,
        Self::Directory,
        Self::Portfolio,
        Self::WebhooksApi,
    ];

    /// Stable key for storage and reason codes.
    pub fn key(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::Directory => "directory",
            Self::Portfolio => "portfolio",
            Self::WebhooksApi => "webhooks_api",
        }
    }

    /// The name in Procore's menus.
    pub fn label(self) -> &'static str {
        match self {
            Self::Admin => "Admin",
            Self::Directory => "Directory",
            Self::Portfolio => "Portfolio",
            Self::WebhooksApi => "Webhooks API",
        }
    }

    /// Recognises a tool by a name that Procore gave, its engine name or its label.
    ///
    /// Procore publishes no list of engine names, and companies may rename a tool, so
    /// case and punctuation do not count, a leading "company" does not count, and
    /// any name that mentions a webhook is the Webhooks API tool. The aliases are few on
    /// purpose: a tool that is not recognised costs nothing, since an attempt to read
    /// decides then, whereas a wrong match would report a wrong level.
    pub fn recognise(name: &str) -> Option<Self> {
        let letters = letters(name);
        let bare = letters.strip_prefix("company").unwrap_or(&letters);
        let bare = bare.strip_suffix("tool").unwrap_or(bare);
        match bare {
            "admin" | "administration" => Some(Self::Admin),
            "directory" => Some(Self::Directory),
            "portfolio" | "projects" => Some(Self::Portfolio),
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
