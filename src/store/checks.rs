//! The tables `check_run` and `check_row`: every verification that was ever run, row by row.

mod rows;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

pub use self::rows::{CheckRow, list_readable, list_refused, list_rows, write_row};
use super::StoreError;
use crate::connection::Settings;
use crate::identity::{CheckRunId, ConnectionId, CredentialId, FirmId};
use crate::onboarding::CheckPurpose;
use crate::verdict::ReasonCode;

text_enum! {
    /// How a run of checks ended.
    pub enum CheckOutcome {
        /// The step may be left.
        Passed = "passed",
        /// Somebody has to fix something.
        Failed = "failed",
        /// Procore was down or asked for patience; it is tried again by itself.
        Waiting = "waiting",
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

impl CheckRun {
    /// A run that is to begin at once.
    pub(crate) fn new(
        id: CheckRunId,
        (firm_id, connection_id): (FirmId, ConnectionId),
        credential_id: CredentialId,
        (purpose, settings): (CheckPurpose, Option<Settings>),
        started_by: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            firm_id,
            connection_id,
            credential_id,
            purpose,
            settings,
            elsewhere: Vec::new(),
            started_by: started_by.to_owned(),
            started_at: now,
            finished_at: None,
            outcome: None,
            code: None,
            retry_at: None,
        }
    }
}

/// Selects runs of checks; a function's columns may be null for all that the database knows.
macro_rules! select {
    ($rest:tt, $($value:expr),+) => {
        sqlx::query_as!(
            CheckRun,
            r#"
            select check_run_id as "id!: CheckRunId", firm_id as "firm_id!: FirmId",
                   connection_id as "connection_id!: ConnectionId",
                   credential_id as "credential_id!: CredentialId",
                   purpose as "purpose!: CheckPurpose", settings as "settings: Settings",
                   elsewhere as "elsewhere!", started_by as "started_by!",
                   started_at as "started_at!", finished_at, outcome as "outcome: CheckOutcome",
                   code as "code: ReasonCode", retry_at
            from "# + $rest,
            $($value),+
        )
    };
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

/// Ends a run that is open or waits as failed; returns the connection that it is about, and the
/// credential that it tests.
pub(crate) async fn give_up(
    conn: &mut PgConnection,
    firm_id: FirmId,
    check_run_id: CheckRunId,
    code: ReasonCode,
    now: DateTime<Utc>,
) -> Result<Option<(ConnectionId, CredentialId)>, StoreError> {
    let run = sqlx::query!(
        r#"
        update check_run
        set finished_at = coalesce(finished_at, $3), outcome = 'failed', code = $4, retry_at = null
        where firm_id = $1 and check_run_id = $2 and (finished_at is null or retry_at is not null)
        returning connection_id as "connection_id: ConnectionId",
                  credential_id as "credential_id: CredentialId"
        "#,
        firm_id.0,
        check_run_id.0,
        now,
        code.to_string(),
    );
    let run = run.fetch_optional(conn).await?;
    Ok(run.map(|run| (run.connection_id, run.credential_id)))
}

/// Marks that a waiting run has been tried again.
pub(crate) async fn clear_retry(
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
    let run = select!(
        "check_run where firm_id = $1 and check_run_id = $2",
        firm_id.0,
        check_run_id.0
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The run that counts for the credential and the settings in use, however it ended.
pub(crate) async fn find_counting(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    purpose: CheckPurpose,
) -> Result<Option<CheckRun>, StoreError> {
    let run = select!(
        "counting_check_run($1, $2, $3)",
        firm_id.0,
        connection_id.0,
        purpose.as_str()
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The newest check of permissions for a choice with the credential in use, whether that choice is in
/// use or not.
pub(crate) async fn find_of_choice(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    settings: &Settings,
) -> Result<Option<CheckRun>, StoreError> {
    let run = select!(
        "check_run
         where firm_id = $1 and connection_id = $2 and purpose = 'permissions' and settings = $3
           and set_aside_at is null
           and credential_id in (select credential_id from credential
                                 where firm_id = $1 and connection_id = $2 and state = 'current')
         order by started_at desc, check_run_id desc
         limit 1",
        firm_id.0,
        connection_id.0,
        serde_json::json!(settings)
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The newest run that tested a credential.
pub(crate) async fn find_of_credential(
    conn: &mut PgConnection,
    firm_id: FirmId,
    credential: CredentialId,
) -> Result<Option<CheckRun>, StoreError> {
    let run = select!(
        "check_run
         where firm_id = $1 and credential_id = $2
         order by started_at desc, check_run_id desc
         limit 1",
        firm_id.0,
        credential.0
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The newest runs of both purposes and all credentials, newest first.
pub(crate) async fn list_history(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    at_most: i64,
) -> Result<Vec<CheckRun>, StoreError> {
    let runs = select!(
        "check_run
         where firm_id = $1 and connection_id = $2
         order by started_at desc, check_run_id desc
         limit $3",
        firm_id.0,
        connection_id.0,
        at_most
    );
    Ok(runs.fetch_all(conn).await?)
}

/// Lets the checks of a connection count no longer; those that would be tried again are not.
pub(crate) async fn set_aside(
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
