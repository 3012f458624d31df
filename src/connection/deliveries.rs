//! Procore's deliveries, compared with what came.

use serde::{Deserialize, Serialize};

/// What a comparison found, of the deliveries that Procore still knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryComparison {
    /// Days that were compared, today included.
    pub days: i64,
    /// Events that were delivered, or given up.
    pub events: u64,
    /// Those of them that did not come.
    pub missing: u64,
    /// Whether what those announced was read since.
    #[serde(default)]
    pub read_since: bool,
    /// Events that Procore is still delivering.
    pub on_their_way: u64,
}
