//! The runs of a project that are not over.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::identity::{ConnectionId, FirmId, RunId};
use crate::ledger::RunKind;
use crate::store::StoreError;

/// The run of a kind for a project that is not over, locked until the transaction ends.
pub(crate) async fn find_open_run(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    kind: RunKind,
) -> Result<Option<RunId>, StoreError> {
    let run = sqlx::query_scalar!(
        r#"
        select run_id as "run_id: RunId" from run
        where firm_id = $1 and connection_id = $2 and project_id = $3 and kind = $4
          and state not in ('done', 'abandoned')
        for no key update
        "#,
        firm.0,
        connection.0,
        project,
        kind.as_str(),
    );
    Ok(run.fetch_optional(conn).await?)
}

/// Ends the run that reads lists of a project again, if there is one: another one takes its place.
pub(crate) async fn abandon_reading(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update run set state = 'abandoned', finished_at = $4
        where firm_id = $1 and connection_id = $2 and project_id = $3 and kind = 'reading'
          and state not in ('done', 'abandoned')
        "#,
        firm.0,
        connection.0,
        project,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every run of a project that is not over, but its removal: it is to be removed. Returns whether any
/// was being worked on; its worker writes nothing from here on.
pub(crate) async fn abandon_runs_but_removal(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let was_running = sqlx::query_scalar!(
        r#"
        with open as (
            select run_id, state from run
            where firm_id = $1 and connection_id = $2 and project_id = $3
              and kind <> 'project_removal' and state not in ('done', 'abandoned')
            order by run_id
            for no key update
        ), ended as (
            update run set state = 'abandoned', finished_at = $4
            where firm_id = $1 and run_id in (select run_id from open)
        )
        select exists (select from open where state = 'running') as "was_running!"
        "#,
        firm.0,
        connection.0,
        project,
        now,
    );
    Ok(was_running.fetch_one(conn).await?)
}
