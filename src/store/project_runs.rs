//! The table `project` as its integration goes on: what waits its turn, what is being brought, and what
//! projects with the same tools share.

mod followed;
mod in_need;
mod late;
mod open;
mod reconciles;
mod returned;
mod tools;
mod turn;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use sqlx::types::Json;

pub(crate) use self::followed::{is_any_chosen, list_followed};
pub(crate) use self::in_need::list_in_need;
pub(crate) use self::late::{LateProject, list_late};
pub(crate) use self::open::{abandon_reading, abandon_runs_but_removal, find_open_run};
pub(crate) use self::reconciles::{count_reconciles, list_to_reconcile, reconciled};
pub(crate) use self::returned::{catch_up_all, catch_up_one, list_returned, note_returned};
pub(crate) use self::tools::{FoundTools, find_catalog, keep_catalog, keep_tools, looked_at};
pub(crate) use self::turn::{list_begun_together, queue, take_queued};
use super::StoreError;
use super::projects;
use super::work::{self, Task};
use crate::connection::{ProjectState, Settings};
use crate::identity::{ConnectionId, FirmId, RunId};
use crate::verdict::ReasonCode;

/// The kind of the work on a project. The word is stored with what is due.
pub(crate) const RUN: &str = "project_run";

/// The work of a run on a project.
pub(crate) fn run_task(firm: FirmId, run: RunId) -> Task {
    Task {
        kind: RUN,
        key: run.0,
        firm: Some(firm),
    }
}

/// The kind of the work of beginning the projects whose turn has come, likewise.
pub(crate) const QUEUE: &str = "integrate_projects";

/// The work of beginning the projects of a connection whose turn has come.
pub(crate) fn queue_task(firm: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: QUEUE,
        key: connection.0,
        firm: Some(firm),
    }
}

/// The kind of the work of reconciling the projects whose turn has come, likewise.
pub(crate) const RECONCILES: &str = "reconcile_projects";

/// The work of reconciling the projects of a connection whose turn has come.
pub(crate) fn reconcile_task((firm, connection): (FirmId, ConnectionId)) -> Task {
    Task {
        kind: RECONCILES,
        key: connection.0,
        firm: Some(firm),
    }
}

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

/// Lets every project go on that found that nothing at all can be read: that is over. Returns whether there was any.
pub(crate) async fn wake_stopped(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let stopping = codes(|code| code.stops_everything());
    let runs = sqlx::query_scalar!(
        r#"
        select run_id as "run_id: RunId" from run
        where firm_id = $1 and connection_id = $2 and code = any($3)
          and (kind = 'project' and state = 'needs_person'
               or kind = 'project_reconcile' and state = 'waiting')
        "#,
        firm.0,
        connection.0,
        &stopping,
    );
    let runs = runs.fetch_all(&mut *conn).await?;
    for run in &runs {
        work::put(conn, run_task(firm, *run), now).await?;
    }
    Ok(!runs.is_empty())
}

/// Lets the projects of a connection have their turn again: nothing stands in the way any more.
pub(crate) async fn go_on(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    work::put(conn, reconcile_task(of), now).await?;
    work::put(conn, queue_task(of.0, of.1), now).await
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
        update project set state = 'removing', is_new = false
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
            integrated_at = null, last_event_at = null, last_copy_at = null, by_itself_at = null,
            told = null, away_as = null, was_away = false, catches_up = false, reconciled_at = null,
            events_lost_at = null, trouble = null
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
        ), references_not_saved as (
            delete from reference_file where firm_id = $1 and connection_id = $2
        ), wish as (
            delete from new_project_wish where firm_id = $1 and connection_id = $2
        )
        delete from project where firm_id = $1 and connection_id = $2
        "#,
        firm.0,
        connection.0,
    )
    .execute(&mut *conn)
    .await?;
    projects::forget_counts(conn, (firm, connection)).await
}

/// Marks a project integrated: everything that was chosen has been read since `began`. Returns whether it was not
/// integrated before.
pub(crate) async fn integrated(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    (began, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<bool, StoreError> {
    let was_new = sqlx::query_scalar!(
        r#"
        with before as (
            select integrated_at from project
            where firm_id = $1 and connection_id = $2 and project_id = $3
              and state in ('integrating', 'integrated')
            for update
        )
        update project p
        set state = 'integrated', integrated_at = coalesce(p.integrated_at, $4), last_copy_at = $4,
            was_away = false, reconciled_at = $4, trouble = null,
            events_lost_at = case when p.events_lost_at > $5 then p.events_lost_at end
        from before
        where p.firm_id = $1 and p.connection_id = $2 and p.project_id = $3
        returning before.integrated_at is null as "was_new!"
        "#,
        firm.0,
        connection.0,
        project,
        now,
        began,
    );
    Ok(was_new.fetch_optional(conn).await?.unwrap_or_default())
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
