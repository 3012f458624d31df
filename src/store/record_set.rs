//! What records are kept and counted by.

use crate::catalog::DataSet;
use crate::connection::Connection;
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

impl RecordSet {
    /// The company's own records of a kind.
    pub(crate) fn of_company(
        connection: &Connection,
        data_set: DataSet,
        kind: &'static str,
    ) -> Self {
        Self {
            firm_id: connection.firm_id,
            connection_id: connection.id,
            data_set,
            kind,
            project_id: 0,
        }
    }
}
