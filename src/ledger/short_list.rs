//! Lists that were read to their end and are not complete.

use serde::{Deserialize, Serialize};

/// A list of which something is missing: kept with the outcome of the action that read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShortList {
    /// Name of the list in the catalog.
    pub list: String,
    /// Records that came.
    pub rows: u64,
    /// Records that there are, as far as Procore said.
    pub total: u64,
    /// Whether it changed while it was read.
    pub changed: bool,
    /// Whether its end was never seen.
    #[serde(default)]
    pub cut_short: bool,
}
