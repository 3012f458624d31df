//! The table `project` as its integration goes on: what waits its turn, what is being brought, and what
//! projects with the same tools share.

mod open;
mod tools;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

pub(crate) use self::open::{abandon_runs_but_removal, find_open_run};
pub(crate) use self::tools::{FoundTools, find_catalog, keep_catalog, keep_tools, looked_at};
use super::StoreError;
use super::work::{self, Task};
use crate::catalog::DataSet;
use crate::connection::{ProjectState, Settings};
use crate::identity::{ConnectionId, FirmId, RunId};
use crate::verdict::ReasonCode;

/// The kind of the work on a project. The word is stored with what is due.
pub(crate) const RUN: &str = "project_run";

/// The kind of the work of beginning the projects whose turn has come, likewise.
pub(crate) const QUEUE: &str = "integrate_projects";

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

/// The codes of some causes.
fn codes(wanted: impl FnMut(&ReasonCode) -> bool) -> Vec<String> {
    let codes = ReasonCode::all().filter(wanted);
    codes.map(|code| code.to_string()).collect()
}

/// How busy a connection is with its projects.
pub(crate) async fn load(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Load, StoreError> {
    let stopping = codes(|code| code.stops_everything());
    let pacing = codes(|code| code.is_wait());
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
        &stopping,
        &pacing,
    )
    .fetch_one(conn)
    .await?)
}

/// Lets every project go on that found that nothing at all can be read: that is over.
pub(crate) async fn wake_stopped(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let stopping = codes(|code| code.stops_everything());
    let runs = sqlx::query_scalar!(
        r#"
        select run_id as "run_id: RunId" from run
        where firm_id = $1 and connection_id = $2 and kind = 'project'
          and state = 'needs_person' and code = any($3)
        "#,
        firm.0,
        connection.0,
        &stopping,
    );
    for run in runs.fetch_all(&mut *conn).await? {
        let task = Task {
            kind: RUN,
            key: run.0,
            firm: Some(firm),
        };
        work::put(conn, task, now).await?;
    }
    let queue = Task {
        kind: QUEUE,
        key: connection.0,
        firm: Some(firm),
    };
    work::put(conn, queue, now).await
}

/// The data sets of the company that chosen data sets of its projects follow.
pub(crate) async fn list_followed(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<Vec<DataSet>, StoreError> {
    let chosen = sqlx::query_scalar!(
        r#"
        select distinct settings as "settings!: Settings"
        from project
        where firm_id = $1 and connection_id = $2 and state in ('queued', 'integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
    );
    let chosen = chosen.fetch_all(conn).await?;
    let choices = chosen.iter().flat_map(|settings| settings.choices());
    let mut followed: Vec<DataSet> = choices
        .filter_map(|choice| choice.data_set.entry().follows)
        .collect();
    followed.sort();
    followed.dedup();
    Ok(followed)
}

/// Has `settings` brought of a project from now on, which takes a run.
pub(crate) async fn change(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    settings: &Settings,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project set state = 'integrating', settings = $4
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and state in ('integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
        project,
        Json(settings) as Json<&Settings>,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Begins to remove a project; `false` if it is not integrated, or is being removed.
pub(crate) async fn begin_removal(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
) -> Result<bool, StoreError> {
    let begun = sqlx::query!(
        r#"
        update project set state = 'removing'
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and state in ('queued', 'integrating', 'integrated')
        "#,
        firm.0,
        connection.0,
        project,
    );
    Ok(begun.execute(conn).await?.rows_affected() == 1)
}

/// A project is not integrated any more.
pub(crate) async fn removed(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update project
        set state = null, settings = null, queued_at = null, queue_position = 0,
            integrated_at = null, last_event_at = null, last_copy_at = null
        where firm_id = $1 and connection_id = $2 and project_id = $3 and state = 'removing'
        "#,
        firm.0,
        connection.0,
        project,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the projects of a connection, since its records are deleted.
pub(crate) async fn forget(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with catalogs as (
            delete from project_catalog where firm_id = $1 and connection_id = $2
        )
        delete from project where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .execute(conn)
    .await?;
    Ok(())
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
        where firm_id = $1 and connection_id = $2 and project_id = $3
          and state in ('integrating', 'integrated')
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
