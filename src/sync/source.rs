//! Whose lists are read.

use crate::catalog::{DataSet, Ids};
use crate::connection::Connection;
use crate::identity::{ConnectionId, FirmId};
use crate::store::list_readings::ListsOf;
use crate::store::records::RecordSet;

/// Whose lists are read: a connection's, of its company or of one project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source {
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    pub ids: Ids,
}

impl Source {
    /// The lists of a connection's company.
    pub(crate) fn of_company(connection: &Connection) -> Self {
        Self {
            firm_id: connection.firm_id,
            connection_id: connection.id,
            ids: Ids::of_company(connection.target.company_id),
        }
    }

    /// What is known of its lists is kept under this.
    pub(crate) fn lists(&self) -> ListsOf {
        ListsOf {
            firm: self.firm_id,
            connection: self.connection_id,
            project: self.ids.project,
        }
    }

    /// The records of a list.
    pub(crate) fn record_set(&self, data_set: DataSet, kind: &'static str) -> RecordSet {
        RecordSet {
            firm_id: self.firm_id,
            connection_id: self.connection_id,
            data_set,
            kind,
            project_id: self.ids.project,
        }
    }
}
