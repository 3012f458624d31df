//! The rows of a run of checks.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::CheckRun;
use crate::identity::{CheckRunId, ConnectionId, FirmId};
use crate::onboarding::CheckPurpose;
use crate::store::{StoreError, from_json};
use crate::verdict::{Check, CheckResult, CheckState, RefusedList};

/// A row of a verification; without a result while its turn has not come.
#[derive(Debug, Clone)]
pub struct CheckRow {
    pub check: Check,
    pub result: Option<CheckResult>,
    /// Older than the run where an earlier result was kept.
    pub checked_at: Option<DateTime<Utc>>,
}

struct Row {
    detail: Value,
    checked_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for CheckRow {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        let mut detail = row.detail;
        let result = match detail["result"].take() {
            Value::Null => None,
            value => Some(from_json("result of a check", value)?),
        };
        Ok(Self {
            check: from_json("check", detail["check"].take())?,
            result,
            checked_at: row.checked_at,
        })
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
            row.result.as_ref().map_or("pending", |result| state_text(result.state)),
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
/// still the one in use. Returns whether it was.
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
                      where credential.firm_id = $1 and credential_id = $8 and state = 'current')
        "#,
        run.firm_id.0,
        run.id.0,
        position,
        state_text(result.state),
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
        Row,
        r#"
        select detail, checked_at
        from check_row
        where firm_id = $1 and check_run_id = $2
        order by position
        "#,
        firm_id.0,
        check_run_id.0,
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(CheckRow::try_from).collect()
}

/// The rows of the run that counts, in order; none where there is no run.
pub async fn list_counting_rows(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    purpose: CheckPurpose,
) -> Result<Vec<CheckRow>, StoreError> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        select check_row.detail, check_row.checked_at
        from counting_check_run($1, $2, $3)
        join check_row using (firm_id, check_run_id)
        order by check_row.position
        "#,
        firm_id.0,
        connection_id.0,
        purpose.as_str(),
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(CheckRow::try_from).collect()
}

/// The lists that the runs of this credential tried in vain at level None.
pub async fn list_refused(
    conn: &mut PgConnection,
    run: &CheckRun,
) -> Result<Vec<RefusedList>, StoreError> {
    let stored = sqlx::query_scalar!(
        r#"
        select check_row.detail #> '{result,detail,refused}' as "refused!"
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
    let mut lists: Vec<RefusedList> = Vec::new();
    for value in stored {
        lists.extend(from_json::<Vec<RefusedList>>("refused lists", value)?);
    }
    Ok(lists)
}

fn detail(row: &CheckRow) -> Value {
    json!({ "check": row.check, "result": row.result })
}

fn state_text(state: CheckState) -> &'static str {
    match state {
        CheckState::Passed => "passed",
        CheckState::Failed => "failed",
        CheckState::Warning => "warning",
        CheckState::Waiting => "waiting",
        CheckState::NotTested => "not_tested",
    }
}
