//! The tables `check_run` and `check_row`: every verification that was ever run, row by row.

mod rows;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

pub use self::rows::{CheckRow, list_counting_rows, list_refused, list_rows, write_row};
use super::{StoreError, from_json, reason};
use crate::connection::Settings;
use crate::identity::{CheckRunId, ConnectionId, CredentialId, FirmId};
use crate::onboarding::CheckPurpose;
use crate::verdict::ReasonCode;

/// How a run of checks ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// The step may be left.
    Passed,
    /// Somebody has to fix something.
    Failed,
    /// Procore was down or asked for patience; it is tried again by itself.
    Waiting,
}

impl CheckOutcome {
    fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Waiting => "waiting",
        }
    }

    fn from_stored(text: String) -> Result<Self, StoreError> {
        [Self::Passed, Self::Failed, Self::Waiting]
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or(StoreError::Unknown {
                what: "outcome of checks",
                value: text,
            })
    }
}

/// One verification.
#[derive(Debug, Clone)]
pub struct CheckRun {
    pub id: CheckRunId,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    /// The credential it tests; of another one its results count for nothing.
    pub credential_id: CredentialId,
    pub purpose: CheckPurpose,
    /// The choice that the permissions are checked for.
    pub settings: Option<Settings>,
    /// Other environments that the admin agreed to try.
    pub elsewhere: Vec<String>,
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub outcome: Option<CheckOutcome>,
    /// Why it ended so; while it is open, what ended the run that it tries again.
    pub code: Option<ReasonCode>,
    pub retry_at: Option<DateTime<Utc>>,
}

struct RunRow {
    check_run_id: CheckRunId,
    firm_id: FirmId,
    connection_id: ConnectionId,
    credential_id: CredentialId,
    purpose: String,
    settings: Option<Value>,
    elsewhere: Vec<String>,
    started_by: String,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
    outcome: Option<String>,
    code: Option<String>,
    retry_at: Option<DateTime<Utc>>,
}

impl TryFrom<RunRow> for CheckRun {
    type Error = StoreError;

    fn try_from(row: RunRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.check_run_id,
            firm_id: row.firm_id,
            connection_id: row.connection_id,
            credential_id: row.credential_id,
            purpose: CheckPurpose::from_stored(&row.purpose).ok_or(StoreError::Unknown {
                what: "purpose of checks",
                value: row.purpose,
            })?,
            settings: row
                .settings
                .map(|value| from_json("settings", value))
                .transpose()?,
            elsewhere: row.elsewhere,
            started_by: row.started_by,
            started_at: row.started_at,
            finished_at: row.finished_at,
            outcome: row.outcome.map(CheckOutcome::from_stored).transpose()?,
            code: row.code.map(reason).transpose()?,
            retry_at: row.retry_at,
        })
    }
}

/// Writes a new run with its rows; those with a result are kept from an earlier run.
pub async fn create(
    conn: &mut PgConnection,
    run: &CheckRun,
    rows: &[CheckRow],
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into check_run (firm_id, check_run_id, connection_id, credential_id, purpose,
                               settings, elsewhere, started_by, started_at, code)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        "#,
        run.firm_id.0,
        run.id.0,
        run.connection_id.0,
        run.credential_id.0,
        run.purpose.as_str(),
        run.settings
            .as_ref()
            .map(|settings| serde_json::json!(settings)),
        &run.elsewhere,
        run.started_by,
        run.started_at,
        run.code.map(|code| code.to_string()),
    )
    .execute(&mut *conn)
    .await?;
    rows::create(conn, run, rows).await
}

/// Ends a run. A run that has ended stays as it is; returns whether this call ended it.
pub async fn finish(
    conn: &mut PgConnection,
    run: &CheckRun,
    outcome: Option<CheckOutcome>,
    code: Option<ReasonCode>,
    retry_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update check_run set finished_at = $3, outcome = $4, code = $5, retry_at = $6
        where firm_id = $1 and check_run_id = $2 and finished_at is null
        "#,
        run.firm_id.0,
        run.id.0,
        now,
        outcome.map(CheckOutcome::as_str),
        code.map(|code| code.to_string()),
        retry_at,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// Ends a run that is open or waits as failed; returns the connection that it is about.
pub async fn give_up(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
    code: ReasonCode,
    now: DateTime<Utc>,
) -> Result<Option<ConnectionId>, StoreError> {
    let connection = sqlx::query_scalar!(
        r#"
        update check_run
        set finished_at = coalesce(finished_at, $3), outcome = 'failed', code = $4, retry_at = null
        where firm_id = $1 and check_run_id = $2 and (finished_at is null or retry_at is not null)
        returning connection_id as "id: ConnectionId"
        "#,
        firm_id.0,
        check_run_id.0,
        now,
        code.to_string(),
    );
    Ok(connection.fetch_optional(conn).await?)
}

/// Marks that a waiting run has been tried again.
pub async fn clear_retry(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
) -> Result<bool, StoreError> {
    let written = sqlx::query!(
        r#"
        update check_run set retry_at = null
        where firm_id = $1 and check_run_id = $2 and retry_at is not null
        "#,
        firm_id.0,
        check_run_id.0,
    )
    .execute(conn)
    .await?
    .rows_affected();
    Ok(written == 1)
}

/// One run.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
) -> Result<Option<CheckRun>, StoreError> {
    sqlx::query_as!(
        RunRow,
        r#"
        select check_run_id, firm_id, connection_id, credential_id, purpose, settings, elsewhere,
               started_by, started_at, finished_at, outcome, code, retry_at
        from check_run
        where firm_id = $1 and check_run_id = $2
        "#,
        firm_id.0,
        check_run_id.0,
    )
    .fetch_optional(conn)
    .await?
    .map(CheckRun::try_from)
    .transpose()
}

/// The run that counts for the credential and the settings in use, however it ended.
pub async fn find_counting(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    purpose: CheckPurpose,
) -> Result<Option<CheckRun>, StoreError> {
    sqlx::query_as!(
        RunRow,
        r#"
        select check_run_id as "check_run_id!", firm_id as "firm_id!",
               connection_id as "connection_id!", credential_id as "credential_id!",
               purpose as "purpose!", settings, elsewhere as "elsewhere!",
               started_by as "started_by!", started_at as "started_at!",
               finished_at, outcome, code, retry_at
        from counting_check_run($1, $2, $3)
        "#,
        firm_id.0,
        connection_id.0,
        purpose.as_str(),
    )
    .fetch_optional(conn)
    .await?
    .map(CheckRun::try_from)
    .transpose()
}

/// The newest runs of both purposes and all credentials, newest first.
pub async fn list_history(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    at_most: i64,
) -> Result<Vec<CheckRun>, StoreError> {
    sqlx::query_as!(
        RunRow,
        r#"
        select check_run_id, firm_id, connection_id, credential_id, purpose, settings, elsewhere,
               started_by, started_at, finished_at, outcome, code, retry_at
        from check_run
        where firm_id = $1 and connection_id = $2
        order by started_at desc, check_run_id desc
        limit $3
        "#,
        firm_id.0,
        connection_id.0,
        at_most,
    )
    .fetch_all(conn)
    .await?
    .into_iter()
    .map(CheckRun::try_from)
    .collect()
}

/// Lets the checks of a connection count no longer; those that would be tried again are not.
pub async fn set_aside(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    purposes: &[CheckPurpose],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let purposes: Vec<String> = purposes.iter().map(|it| it.as_str().to_owned()).collect();
    sqlx::query!(
        r#"
        update check_run set set_aside_at = $4, retry_at = null
        where firm_id = $1 and connection_id = $2 and purpose = any($3) and set_aside_at is null
        "#,
        firm_id.0,
        connection_id.0,
        &purposes,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
