//! What records are kept and counted by.

use crate::catalog::DataSet;
use crate::identity::{ConnectionId, FirmId};

/// The records of one kind in a data set, of the company or one of its projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordSet {
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    pub data_set: DataSet,
    pub kind: &'static str,
    /// 0 for the company.
    pub project_id: i64,
}
