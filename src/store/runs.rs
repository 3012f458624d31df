//! The table `run`: long pieces of work. Which worker has each is in `lease`.

mod lease;

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::StoreError;
use crate::connection::Settings;
use crate::identity::{ConnectionId, FirmId, RunId};
use crate::ledger::{RunKind, RunState};
use crate::verdict::ReasonCode;

pub use lease::{LeasedRun, lock, take};
pub(crate) use lease::{Rest, put_down, set_told};

/// A long piece of work. Of a kind, one is open at a time for the company and for each project.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: RunId,
    pub kind: RunKind,
    pub firm_id: FirmId,
    pub connection_id: ConnectionId,
    /// `None` for the company.
    pub project_id: Option<i64>,
    /// What a change of settings brings about.
    pub settings: Option<Settings>,
    pub state: RunState,
    /// Why it waits, or what it needs.
    pub code: Option<ReasonCode>,
    /// The cause that people were last told of by mail.
    pub told_code: Option<ReasonCode>,
    /// Who caused it, in words.
    pub started_by: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Run {
    /// A run of the whole company that is to begin at once.
    pub(crate) fn of_company(
        id: RunId,
        kind: RunKind,
        (firm, connection_id): (FirmId, ConnectionId),
        started_by: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            id,
            kind,
            firm_id: firm,
            connection_id,
            project_id: None,
            settings: None,
            state: RunState::Running,
            code: None,
            told_code: None,
            started_by: started_by.to_owned(),
            started_at: now,
            finished_at: None,
        }
    }
}

impl Run {
    /// A run of one project, for what is brought of it.
    pub(crate) fn of_project(
        id: RunId,
        kind: RunKind,
        of: (FirmId, ConnectionId),
        (project, settings): (i64, &Settings),
        started_by: &str,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            project_id: Some(project),
            settings: Some(settings.clone()),
            ..Self::of_company(id, kind, of, started_by, now)
        }
    }
}

/// Selects runs.
macro_rules! select {
    ($rest:tt, $($value:expr),+) => {
        sqlx::query_as!(
            Run,
            r#"
            select run_id as id, kind as "kind: RunKind", firm_id,
                   connection_id as "connection_id: ConnectionId", project_id,
                   settings as "settings: Settings", state as "state: RunState",
                   code as "code: ReasonCode",
                   told_code as "told_code: ReasonCode", started_by, started_at, finished_at
            from run
            "# + $rest,
            $($value),+
        )
    };
}

/// Adds a run.
pub async fn create(conn: &mut PgConnection, run: &Run) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into run (firm_id, run_id, connection_id, project_id, kind, state,
                         started_by, started_at, settings)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        run.firm_id.0,
        run.id.0,
        run.connection_id.0,
        run.project_id,
        run.kind.as_str(),
        run.state.as_str(),
        run.started_by,
        run.started_at,
        run.settings
            .as_ref()
            .map(|settings| serde_json::json!(settings)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One run.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
) -> Result<Option<Run>, StoreError> {
    let run = select!("where firm_id = $1 and run_id = $2", firm_id.0, run_id.0);
    Ok(run.fetch_optional(conn).await?)
}

/// The newest run that sets the company up or takes that back, in any state.
pub async fn find_newest(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Option<Run>, StoreError> {
    let run = select!(
        "where firm_id = $1 and connection_id = $2 and project_id is null
           and kind in ('completion', 'removal')
         order by started_at desc, run_id desc
         limit 1",
        firm.0,
        connection.0
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The run of a kind for the whole company that is not over, locked until the transaction ends.
pub(crate) async fn find_open_for_update(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    kind: RunKind,
) -> Result<Option<Run>, StoreError> {
    let run = select!(
        "where firm_id = $1 and connection_id = $2 and kind = $3 and project_id is null
           and state not in ('done', 'abandoned')
         for no key update",
        firm.0,
        connection.0,
        kind.as_str()
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The run of a kind for the whole company that is not over.
pub async fn find_open(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    kind: RunKind,
) -> Result<Option<Run>, StoreError> {
    let run = select!(
        "where firm_id = $1 and connection_id = $2 and kind = $3 and project_id is null
           and state not in ('done', 'abandoned')",
        firm.0,
        connection.0,
        kind.as_str()
    );
    Ok(run.fetch_optional(conn).await?)
}

/// The run of a kind for one project that is not over.
pub(crate) async fn find_open_of_project(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    project: i64,
    kind: RunKind,
) -> Result<Option<Run>, StoreError> {
    let run = select!(
        "where firm_id = $1 and connection_id = $2 and project_id = $3 and kind = $4
           and state not in ('done', 'abandoned')",
        firm.0,
        connection.0,
        project,
        kind.as_str()
    );
    Ok(run.fetch_optional(conn).await?)
}

/// Forgets the runs of a kind that are over, for one project or the whole company.
pub(crate) async fn forget_ended(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
    kind: RunKind,
    project: Option<i64>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        with ended as (
            select run_id from run
            where firm_id = $1 and connection_id = $2 and kind = $3
              and project_id is not distinct from $4
              and state in ('done', 'abandoned')
        ), forgotten as (
            delete from action where firm_id = $1 and run_id in (select run_id from ended)
        )
        delete from run where firm_id = $1 and run_id in (select run_id from ended)
        "#,
        firm.0,
        connection.0,
        kind.as_str(),
        project,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The kinds of run that rest while their connection is paused.
fn resting() -> Vec<&'static str> {
    let kinds = RunKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| kind.rests_in_a_pause());
    kinds.map(RunKind::as_str).collect()
}

/// The kinds of run that are tried again also while they wait for a person.
fn tried_again() -> Vec<&'static str> {
    let kinds = RunKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| kind.is_tried_again());
    kinds.map(RunKind::as_str).collect()
}

/// The runs of a connection that a pause made rest, each with its kind.
pub(crate) async fn list_resting(
    conn: &mut PgConnection,
    firm: FirmId,
    connection: ConnectionId,
) -> Result<Vec<(Option<i64>, RunId)>, StoreError> {
    let resting = sqlx::query!(
        r#"
        select project_id, run_id as "run_id: RunId" from run
        where firm_id = $1 and connection_id = $2 and kind = any($3)
          and (state in ('running', 'waiting') or state = 'needs_person' and kind = any($4))
        "#,
        firm.0,
        connection.0,
        &resting() as &[&str],
        &tried_again() as &[&str],
    );
    let resting = resting.fetch_all(conn).await?.into_iter();
    Ok(resting.map(|row| (row.project_id, row.run_id)).collect())
}

/// Lets a run that waits go on.
pub async fn reopen(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update run set state = 'running', code = null
        where firm_id = $1 and run_id = $2 and state in ('waiting', 'needs_person')
        "#,
        firm_id.0,
        run_id.0,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends a run before it is done: somebody ended what it worked for. A worker that has it in hand writes
/// nothing from here on.
pub(crate) async fn abandon(
    conn: &mut PgConnection,
    run: &Run,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update run set state = 'abandoned', finished_at = $3
        where firm_id = $1 and run_id = $2 and state not in ('done', 'abandoned')
        "#,
        run.firm_id.0,
        run.id.0,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends every run of a connection that is not over, since the connection ends; returns whether any was
/// being worked on. Its worker writes nothing from here on.
pub(crate) async fn abandon_all(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection_id: ConnectionId,
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let was_running = sqlx::query_scalar!(
        r#"
        with open as (
            select run_id, state from run
            where firm_id = $1 and connection_id = $2 and state not in ('done', 'abandoned')
            order by run_id
            for no key update
        ), ended as (
            update run set state = 'abandoned', finished_at = $3
            where firm_id = $1 and run_id in (select run_id from open)
        )
        select exists (select from open where state = 'running') as "was_running!"
        "#,
        firm_id.0,
        connection_id.0,
        now,
    );
    Ok(was_running.fetch_one(conn).await?)
}
