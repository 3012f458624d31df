//! The table `list_reading`: how far each list of a connection is known to be right.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::identity::{ConnectionId, FirmId};
use crate::verdict::ReasonCode;

/// What is known of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListReading {
    /// Name of the list in the catalog.
    pub list: String,
    /// When it was last read whole, complete or not.
    pub tried_at: Option<DateTime<Utc>>,
    /// When the last complete reading of all of it began.
    pub complete_at: Option<DateTime<Utc>>,
    /// When the last complete reading of what changed in it began.
    pub caught_up_at: Option<DateTime<Utc>>,
    /// Set while the last reading did not come whole.
    pub failed_at: Option<DateTime<Utc>>,
    /// Why Procore refused that; none where something of the list is missing.
    pub code: Option<ReasonCode>,
}

impl ListReading {
    /// Since when changes of the list's records may be missing.
    pub fn known_until(&self) -> Option<DateTime<Utc>> {
        self.complete_at.max(self.caught_up_at)
    }
}

/// What of a list is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Whole,
    Changes,
}

/// Whose lists these are: a connection's, of its company or of one project.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ListsOf {
    pub firm: FirmId,
    pub connection: ConnectionId,
    /// 0 for the company.
    pub project: i64,
}

/// Notes how the reading of a list ended: when it began, where all of it came, or else why Procore
/// refused it, if it did.
pub(crate) async fn note(
    conn: &mut PgConnection,
    of: ListsOf,
    (list, scope): (&str, Scope),
    end: Result<DateTime<Utc>, Option<ReasonCode>>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (tried_at, complete_at, caught_up_at) = match scope {
        Scope::Whole => (Some(now), end.ok(), None),
        Scope::Changes => (None, None, end.ok()),
    };
    let failed_at = end.is_err().then_some(now);
    let code = end.err().flatten();
    sqlx::query!(
        r#"
        insert into list_reading as known (firm_id, connection_id, list, tried_at, complete_at,
                                           caught_up_at, failed_at, code, project_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        on conflict (firm_id, connection_id, project_id, list) do update
        set tried_at = coalesce(excluded.tried_at, known.tried_at),
            complete_at = greatest(known.complete_at, excluded.complete_at),
            caught_up_at = greatest(known.caught_up_at, excluded.caught_up_at),
            failed_at = excluded.failed_at, code = excluded.code
        "#,
        of.firm.0,
        of.connection.0,
        list,
        tried_at,
        complete_at,
        caught_up_at,
        failed_at,
        code.map(|code| code.to_string()),
        of.project,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// What is known of every list of a connection's company.
pub async fn list(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<ListReading>, StoreError> {
    let of = ListsOf {
        firm,
        connection,
        project: 0,
    };
    list_of(conn, of).await
}

/// What is known of every list of a company or project.
pub(crate) async fn list_of(
    conn: &mut PgConnection,
    of: ListsOf,
) -> Result<Vec<ListReading>, StoreError> {
    Ok(sqlx::query_as!(
        ListReading,
        r#"
        select list, tried_at, complete_at, caught_up_at, failed_at, code as "code: ReasonCode"
        from list_reading
        where firm_id = $1 and connection_id = $2 and project_id = $3
        order by list
        "#,
        of.firm.0,
        of.connection.0,
        of.project,
    )
    .fetch_all(conn)
    .await?)
}

/// Forgets what is known of the lists of a connection's company but those to `keep`, since their records are deleted.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    keep: &[&str],
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from list_reading
         where firm_id = $1 and connection_id = $2 and project_id = 0 and list <> all($3)",
        firm.0,
        connection.0,
        keep as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is known of the lists of a connection's company and of all its projects.
pub(crate) async fn forget_all(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from list_reading where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is known of the lists of a project but those to `keep`.
pub(crate) async fn forget_of_project(
    conn: &mut PgConnection,
    of: ListsOf,
    keep: &[&str],
) -> Result<(), StoreError> {
    sqlx::query!(
        "delete from list_reading
         where firm_id = $1 and connection_id = $2 and project_id = $3 and list <> all($4)",
        of.firm.0,
        of.connection.0,
        of.project,
        keep as &[&str],
    )
    .execute(conn)
    .await?;
    Ok(())
}
