//! What was found of the tools of projects, and the webhook catalogs that follow from them.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use crate::connection::ProjectAway;
use crate::connection::triggers::CatalogResource;
use crate::identity::{ConnectionId, FirmId};
use crate::store::StoreError;
use crate::verdict::{Obstacle, ProjectTool};

/// How long a reading of the webhook catalog is good for other projects with the same tools.
const CATALOG_IS_GOOD: TimeDelta = TimeDelta::days(1);

/// What a project's tools say.
#[derive(Debug)]
pub(crate) struct FoundTools<'a> {
    /// `None` where Procore does not show the project.
    pub tools: Option<&'a [ProjectTool]>,
    pub obstacles: &'a [Obstacle],
    pub at: DateTime<Utc>,
    /// What was found instead of them in an integrated project, if that was asked.
    pub away: Option<ProjectAway>,
    /// When to look again.
    pub next: DateTime<Utc>,
    /// How often a look had been asked for when this one began.
    pub requests: i32,
}

/// Keeps what was found of a project's tools. What was asked for while they were looked at stays due.
pub(crate) async fn keep_tools(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    found: &FoundTools<'_>,
) -> Result<(), StoreError> {
    let readiness = match found.obstacles.is_empty() {
        true => "ready",
        false => "not_ready",
    };
    sqlx::query!(
        r#"
        update project
        set tools = $4, reasons = $5, readiness = $6, looked_at = $7,
            look_due_at = case when look_requests = $9 then $8 else look_due_at end,
            look_asked_at = case when look_requests <> $9 then look_asked_at end,
            away_as = case when $4::jsonb is null then coalesce($10, away_as) else $10 end,
            was_away = was_away or state is not null and ($4::jsonb is null or $10::text is not null)
        where firm_id = $1 and connection_id = $2 and project_id = $3
        "#,
        firm.0,
        connection.0,
        project,
        found.tools.map(Json) as Option<Json<&[ProjectTool]>>,
        Json(found.obstacles) as Json<&[Obstacle]>,
        readiness,
        found.at,
        found.next,
        found.requests,
        found.away.map(ProjectAway::as_str),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// When the tools of a project were last looked at.
pub(crate) async fn looked_at(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let looked_at = sqlx::query_scalar!(
        "select looked_at from project
         where firm_id = $1 and connection_id = $2 and project_id = $3",
        firm.0,
        connection.0,
        project,
    );
    Ok(looked_at.fetch_optional(conn).await?.flatten())
}

/// The webhook catalog as it was read lately for a project with the same tools.
pub(crate) async fn find_catalog(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    now: DateTime<Utc>,
) -> Result<Option<Vec<CatalogResource>>, StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        select c.resources as "resources: Json<Vec<CatalogResource>>"
        from project p
        join project_catalog c
          on c.firm_id = p.firm_id and c.connection_id = p.connection_id
         and c.tools = tools_in_use(p.tools)
        where p.firm_id = $1 and p.connection_id = $2 and p.project_id = $3 and c.read_at > $4
        "#,
        firm.0,
        connection.0,
        project,
        now - CATALOG_IS_GOOD,
    );
    Ok(found.fetch_optional(conn).await?.map(|json| json.0))
}

/// Keeps the catalog for projects with the same tools as this one.
pub(crate) async fn keep_catalog(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    resources: &[CatalogResource],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into project_catalog (firm_id, connection_id, tools, resources, read_at)
        select firm_id, connection_id, tools_in_use(tools), $4, $5
        from project
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and tools_in_use(tools) is not null
        on conflict (firm_id, connection_id, tools) do update
        set resources = excluded.resources, read_at = excluded.read_at
        "#,
        firm.0,
        connection.0,
        project,
        Json(resources) as Json<&[CatalogResource]>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}
