//! A run begins.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::task_of;
use crate::ledger::Action;
use crate::store::runs::{self, Run};
use crate::store::{StoreError, actions};
use crate::work;

/// Creates a run with what it is to do, which is begun at `at`.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    run: &Run,
    planned: &[Action],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    runs::create(conn, run).await?;
    actions::create(conn, run.firm_id, run.id, planned, run.started_at).await?;
    work::put(conn, task_of(run.project_id, run.firm_id, run.id), at).await
}
