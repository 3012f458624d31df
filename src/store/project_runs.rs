//! The table `project` as its integration goes on: what waits its turn, what is being brought, and what
//! projects with the same tools share.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

use super::StoreError;
use crate::connection::triggers::CatalogResource;
use crate::connection::{ProjectState, Settings};
use crate::identity::{ConnectionId, FirmId};
use crate::verdict::{Obstacle, ProjectTool};

/// How long a reading of the webhook catalog is good for other projects with the same tools.
const CATALOG_IS_GOOD: TimeDelta = TimeDelta::days(1);

/// A project, as far as its integration asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectStanding {
    pub project_id: i64,
    pub name: String,
    pub number: String,
    pub is_hidden: bool,
    pub is_active: bool,
    /// A template, or a demonstration.
    pub is_template: bool,
    /// `None` while it is not integrated.
    pub state: Option<ProjectState>,
    /// What is brought of it.
    pub settings: Option<Settings>,
}

impl ProjectStanding {
    /// What people call it: its number and name.
    pub fn title(&self) -> String {
        match self.number.is_empty() {
            true => self.name.clone(),
            false => format!("{} {}", self.number, self.name),
        }
    }
}

/// One project of a connection; locked until the transaction ends.
pub async fn find(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    project: i64,
) -> Result<Option<ProjectStanding>, StoreError> {
    let found = list(conn, of, &[project]).await?;
    Ok(found.into_iter().next())
}

/// These projects, as far as they are known; locked until the transaction ends.
pub async fn list(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
) -> Result<Vec<ProjectStanding>, StoreError> {
    Ok(sqlx::query_as!(
        ProjectStanding,
        r#"
        select project_id, name, number, hidden_at is not null as "is_hidden!", is_active,
               is_template, state as "state: ProjectState", settings as "settings: Settings"
        from project
        where firm_id = $1 and connection_id = $2 and project_id = any($3)
        order by project_id
        for no key update
        "#,
        firm.0,
        connection.0,
        projects,
    )
    .fetch_all(conn)
    .await?)
}

/// Lets projects wait for their turn, in this order, and has `settings` brought of each.
pub(crate) async fn queue(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    projects: &[i64],
    settings: &Settings,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project
        set state = 'queued', settings = $4, queued_at = $5, queue_position = listed.place,
            integrated_at = null
        from unnest($3::bigint[]) with ordinality as listed (id, place)
        where firm_id = $1 and connection_id = $2 and project_id = listed.id and state is null
        "#,
        firm.0,
        connection.0,
        projects,
        Json(settings) as Json<&Settings>,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes up to `at_most` projects whose turn has come: of those that were asked for last, the first.
pub(crate) async fn take_queued(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    at_most: i64,
) -> Result<Vec<(i64, Settings)>, StoreError> {
    let rows = sqlx::query!(
        r#"
        update project set state = 'integrating'
        where firm_id = $1 and connection_id = $2 and state = 'queued' and project_id in (
            select project_id from project
            where firm_id = $1 and connection_id = $2 and state = 'queued'
            order by queued_at desc, queue_position
            limit $3
            for no key update skip locked
        )
        returning project_id, settings as "settings!: Settings"
        "#,
        firm.0,
        connection.0,
        at_most,
    );
    let rows = rows.fetch_all(conn).await?.into_iter();
    Ok(rows.map(|row| (row.project_id, row.settings)).collect())
}

/// What keeps further projects from being started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Load {
    /// Projects that are being brought, or wait for Procore's pace.
    pub active: i64,
    /// Whether one of them found that nothing at all can be read.
    pub is_stopped: bool,
    /// Whether any project waits for its turn.
    pub is_queued: bool,
}

/// How busy a connection is with its projects; `stopping` are the codes of causes that stop everything, and
/// `pacing` those that are only a matter of Procore's pace.
pub(crate) async fn load(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    stopping: &[String],
    pacing: &[String],
) -> Result<Load, StoreError> {
    Ok(sqlx::query_as!(
        Load,
        r#"
        select count(*) filter (
                   where r.state = 'running' or r.state = 'waiting' and r.code = any($4)
               ) as "active!",
               coalesce(bool_or(r.code = any($3)), false) as "is_stopped!",
               exists (
                   select from project
                   where firm_id = $1 and connection_id = $2 and state = 'queued'
               ) as "is_queued!"
        from run r
        where r.firm_id = $1 and r.connection_id = $2 and r.kind = 'project'
          and r.state not in ('done', 'abandoned')
        "#,
        firm.0,
        connection.0,
        stopping,
        pacing,
    )
    .fetch_one(conn)
    .await?)
}

/// Marks a project integrated: everything that was chosen has been read.
pub(crate) async fn integrated(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project
        set state = 'integrated', integrated_at = coalesce(integrated_at, $4), last_copy_at = $4
        where firm_id = $1 and connection_id = $2 and project_id = $3 and state = 'integrating'
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

/// What a project's tools say.
#[derive(Debug)]
pub(crate) struct FoundTools<'a> {
    /// `None` where Procore does not show the project.
    pub tools: Option<&'a [ProjectTool]>,
    pub obstacles: &'a [Obstacle],
    pub at: DateTime<Utc>,
}

/// Keeps what was found of a project's tools.
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
        update project set tools = $4, reasons = $5, readiness = $6, looked_at = $7
        where firm_id = $1 and connection_id = $2 and project_id = $3
        "#,
        firm.0,
        connection.0,
        project,
        found.tools.map(Json) as Option<Json<&[ProjectTool]>>,
        Json(found.obstacles) as Json<&[Obstacle]>,
        readiness,
        found.at,
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

/// What the firm chose for the last projects that it integrated.
pub async fn find_defaults(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Option<Settings>, StoreError> {
    let defaults = sqlx::query_scalar!(
        r#"
        select project_settings as "settings: Settings"
        from connection
        where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    );
    Ok(defaults.fetch_optional(conn).await?.flatten())
}

/// Keeps what the firm chose as its defaults.
pub(crate) async fn save_defaults(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    settings: &Settings,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update connection set project_settings = $3 where firm_id = $1 and connection_id = $2",
        firm.0,
        connection.0,
        Json(settings) as Json<&Settings>,
    )
    .execute(conn)
    .await?;
    Ok(())
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
