//! Which projects are to be looked at, and what was found of their tools.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::store::work::{self, Task};

/// A project whose tools are to be looked at.
#[derive(Debug)]
pub(crate) struct DueProject {
    pub project_id: i64,
    /// Somebody waits for it at a page.
    pub asked: bool,
    /// What is brought of it, if it is integrated.
    pub settings: Option<Settings>,
    /// It is to be integrated once it is ready.
    pub is_awaited: bool,
    /// How often a look was asked for by now.
    pub requests: i32,
    /// Our copy says that it is not shown.
    pub is_hidden: bool,
    /// It is integrated and could not be read.
    pub was_away: bool,
}

/// The projects to look at now: those that somebody asked for, then those that are integrated, then the
/// newest. What cannot be integrated, and is not, is not looked at.
pub(crate) async fn list_due(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
    at_most: i64,
) -> Result<Vec<DueProject>, StoreError> {
    Ok(sqlx::query_as!(
        DueProject,
        r#"
        select project_id, look_asked_at is not null as "asked!", settings as "settings: Settings",
               is_new and state is null and exists (
                   select from new_project_wish where firm_id = $1 and connection_id = $2
               ) as "is_awaited!",
               look_requests as requests,
               hidden_at is not null as "is_hidden!", was_away
        from project
        where firm_id = $1 and connection_id = $2 and look_due_at <= $3
          and (state is not null or look_asked_at is not null
               or hidden_at is null and is_active and not is_template)
        order by look_asked_at is null, state is null, project_id desc
        limit $4
        "#,
        firm.0,
        connection.0,
        now,
        at_most,
    )
    .fetch_all(conn)
    .await?)
}

/// When the next look at a project of the connection, or at what is not shared, is due; `None` where there
/// is none.
pub(crate) async fn next_due(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Option<DateTime<Utc>>, StoreError> {
    Ok(sqlx::query_scalar!(
        r#"
        select least(c.unshared_due_at, case when not c.unshared_refused and exists (
            select from project p
            where p.firm_id = $1 and p.connection_id = $2 and p.state is not null
              and p.hidden_at > greatest(c.unshared_known_at, c.unshared_tried_at)
        ) then 'epoch'::timestamptz end, (
            select min(look_due_at)
            from project p
            where p.firm_id = $1 and p.connection_id = $2
              and (p.state is not null or p.look_asked_at is not null
                   or p.hidden_at is null and p.is_active and not p.is_template)
        ))
        from connection c
        where c.firm_id = $1 and c.connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .fetch_optional(conn)
    .await?
    .flatten())
}

/// The kind of the work of looking at projects. The word is stored with what is due.
pub(crate) const LOOKS: &str = "look_at_projects";

/// The work of looking at the projects of a connection.
pub(crate) fn look_task(firm: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: LOOKS,
        key: connection.0,
        firm: Some(firm),
    }
}

/// Notes that Procore announced a change of a project: it is looked at as soon as there is room.
pub(crate) async fn note_announced(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set look_due_at = 'epoch', look_requests = look_requests + 1
        where firm_id = $1 and connection_id = $2 and project_id = $3
        "#,
        firm.0,
        connection.0,
        project,
    )
    .execute(&mut *conn)
    .await?;
    work::put(conn, look_task(firm, connection), now).await
}

/// Asks for a look at projects; returns how many of them there are.
pub(crate) async fn ask_for_look(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let asked = sqlx::query!(
        r#"
        update project
        set look_due_at = 'epoch', look_asked_at = $4, look_requests = look_requests + 1
        where firm_id = $1 and connection_id = $2 and project_id = any($3)
        "#,
        firm.0,
        connection.0,
        projects,
        now,
    );
    Ok(asked.execute(conn).await?.rows_affected())
}

/// Looks at a project later, which did not answer now, unless somebody asked for it meanwhile.
pub(crate) async fn put_off_look(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: &DueProject,
    until: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set look_due_at = $4, look_asked_at = null
        where firm_id = $1 and connection_id = $2 and project_id = $3 and look_requests = $5
        "#,
        firm.0,
        connection.0,
        project.project_id,
        until,
        project.requests,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Looks again at the projects that were hidden while nothing could be read, and asks for the one list
/// again.
pub(crate) async fn look_at_hidden(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with asked as (
            update connection set project_tools_refused = false, unshared_due_at = 'epoch'
            where firm_id = $1 and connection_id = $2
        )
        update project set look_due_at = 'epoch'
        where firm_id = $1 and connection_id = $2 and readiness = 'not_ready' and tools is null
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// How often a look at a project was asked for by now.
pub(crate) async fn count_look_requests(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
) -> Result<i32, StoreError> {
    let requests = sqlx::query_scalar!(
        "select look_requests from project
         where firm_id = $1 and connection_id = $2 and project_id = $3",
        firm.0,
        connection.0,
        project,
    );
    Ok(requests.fetch_optional(conn).await?.unwrap_or_default())
}

/// Whether Procore refuses the one list that shows a project's tools with our levels.
pub(crate) async fn is_list_refused(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<bool, StoreError> {
    let refused = sqlx::query_scalar!(
        "select project_tools_refused from connection where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
    );
    Ok(refused.fetch_optional(conn).await?.unwrap_or_default())
}

/// Remembers that Procore refuses that list.
pub(crate) async fn note_list_refused(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update connection set project_tools_refused = true
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}
