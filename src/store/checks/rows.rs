//! The rows of a run of checks.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::CheckRun;
use crate::catalog::DataSet;
use crate::identity::{CheckRunId, ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::{Check, CheckResult, RefusedList};

/// A row of a verification; without a result while its turn has not come.
#[derive(Debug, Clone)]
pub struct CheckRow {
    pub check: Check,
    pub result: Option<CheckResult>,
    /// Older than the run where an earlier result was kept.
    pub checked_at: Option<DateTime<Utc>>,
}

impl CheckRow {
    /// A row that is to be checked.
    pub(crate) fn fresh(check: Check) -> Self {
        Self {
            check,
            result: None,
            checked_at: None,
        }
    }
}

/// What the column `detail` holds.
#[derive(Serialize, Deserialize)]
struct RowDetail {
    check: Check,
    result: Option<CheckResult>,
}

struct StoredRow {
    detail: Json<RowDetail>,
    checked_at: Option<DateTime<Utc>>,
}

impl From<StoredRow> for CheckRow {
    fn from(row: StoredRow) -> Self {
        let RowDetail { check, result } = row.detail.0;
        Self {
            check,
            result,
            checked_at: row.checked_at,
        }
    }
}

/// Writes the rows of a new run.
pub(super) async fn create(
    conn: &mut PgConnection,
    run: &CheckRun,
    rows: &[CheckRow],
) -> Result<(), StoreError> {
    for (position, row) in (0..).zip(rows) {
        sqlx::query!(
            r#"
            insert into check_row (firm_id, check_run_id, position, name, state, code, detail, checked_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            "#,
            run.firm_id.0,
            run.id.0,
            position,
            row.check.key(),
            row.result.as_ref().map_or("pending", |result| result.state.as_str()),
            row.result.as_ref().and_then(|result| result.reason).map(|code| code.to_string()),
            detail(row),
            row.checked_at,
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// Writes the result of one row of a run that has not ended, if the credential that it tests is
/// still in use, or to take the place of the one in use. Returns whether it was.
pub async fn write_row(
    conn: &mut PgConnection,
    run: &CheckRun,
    position: i32,
    result: &CheckResult,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update check_row set state = $4, code = $5, detail = $6, checked_at = $7
        where firm_id = $1 and check_run_id = $2 and position = $3
          and exists (select from credential
                      where credential.firm_id = $1 and credential_id = $8
                        and state in ('current', 'candidate'))
        "#,
        run.firm_id.0,
        run.id.0,
        position,
        result.state.as_str(),
        result.reason.map(|code| code.to_string()),
        json!({ "check": result.check, "result": result }),
        now,
        run.credential_id.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// The rows of a run, in order.
pub async fn list_rows(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
) -> Result<Vec<CheckRow>, StoreError> {
    let rows = sqlx::query_as!(
        StoredRow,
        r#"
        select detail as "detail: Json<RowDetail>", checked_at
        from check_row
        where firm_id = $1 and check_run_id = $2
        order by position
        "#,
        firm_id.0,
        check_run_id.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(rows.into_iter().map(CheckRow::from).collect())
}

/// The data sets that the check of permissions that counts could read.
pub async fn list_readable(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<Vec<DataSet>, StoreError> {
    let keys = sqlx::query_scalar!(
        r#"
        select check_row.name
        from counting_check_run($1, $2, 'permissions')
        join check_row using (firm_id, check_run_id)
        where check_row.state in ('passed', 'warning')
        "#,
        firm_id.0,
        connection_id.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(keys
        .iter()
        .filter_map(|key| Check::data_set_of(key))
        .collect())
}

/// The lists that the runs of this credential tried in vain at level None.
pub async fn list_refused(
    conn: &mut PgConnection,
    run: &CheckRun,
) -> Result<Vec<RefusedList>, StoreError> {
    let stored = sqlx::query_scalar!(
        r#"
        select check_row.detail #> '{result,detail,refused}' as "refused!: Json<Vec<RefusedList>>"
        from check_run
        join check_row using (firm_id, check_run_id)
        where firm_id = $1 and connection_id = $2 and credential_id = $3
          and check_row.detail #> '{result,detail,refused,0}' is not null
        order by check_run.started_at desc
        "#,
        run.firm_id.0,
        run.connection_id.0,
        run.credential_id.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(stored.into_iter().flat_map(|lists| lists.0).collect())
}

fn detail(row: &CheckRow) -> Value {
    json!({ "check": row.check, "result": row.result })
}
