//! What Procore said when it refused something.

use serde::{Deserialize, Serialize};

/// Procore's answer to a call that it refused, safe to store and to show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The HTTP status.
    pub status: u16,
    /// Procore's own words on one short line, without secrets; may be empty.
    pub text: String,
    /// Procore's id of the request, which its support asks for.
    pub request_id: Option<String>,
    /// Whether it came as a web page: a device between Procore and us may have answered.
    #[serde(default)]
    pub is_page: bool,
}

impl Said {
    /// Whether this is the same refusal again; every request has an id of its own.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.status == other.status && self.text == other.text
    }
}
