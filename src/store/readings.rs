//! What of a connection's data is not complete yet, and when it is read again.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{StoreError, actions, runs};
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::{RunKind, RunState, ShortList};
use crate::verdict::ReasonCode;

/// Lists that did not come whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    pub lists: Vec<ShortList>,
    /// When they are read again; `None` while they are.
    pub again_at: Option<DateTime<Utc>>,
    /// Why that waits, unless it merely rests.
    pub code: Option<ReasonCode>,
}

/// What is read again of a connection; `None` if everything is complete.
pub async fn find(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<Reading>, StoreError> {
    let Some(run) = runs::find_open(conn, firm, connection, RunKind::Reading).await? else {
        return Ok(None);
    };
    let ledger = actions::list(conn, run.firm_id, run.id).await?;
    let lists = ledger.iter().flat_map(|entry| short_lists(&entry.outcome));
    let waits = ledger.iter().find_map(|entry| entry.not_before);
    Ok(Some(Reading {
        lists: lists.collect(),
        again_at: waits.filter(|_| run.state == RunState::Waiting),
        code: run.code,
    }))
}

/// The short lists in the outcome of an action.
pub(crate) fn short_lists(outcome: &Value) -> Vec<ShortList> {
    let short = outcome.get("short").cloned().unwrap_or_default();
    serde_json::from_value(short).unwrap_or_default()
}
