//! The table `run`: long pieces of work, and which worker has each.
//!
//! A worker takes a run under a fencing number. Every transaction in which it writes begins with
//! [`hold`], which locks the row: a worker that was overtaken gets [`StoreError::Stale`] there and
//! writes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{StoreError, known};
use crate::onboarding::ledger::{RunKind, RunState};
use crate::verdict::ReasonCode;

/// A long piece of work.
#[derive(Debug, Clone)]
pub struct Run {
    pub id: Uuid,
    pub kind: RunKind,
    pub firm_id: Uuid,
    pub integration_id: Uuid,
    pub onboarding_id: Uuid,
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

/// A run in a worker's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    pub firm_id: Uuid,
    pub run_id: Uuid,
    fence: i64,
}

struct Row {
    run_id: Uuid,
    kind: String,
    firm_id: Uuid,
    integration_id: Uuid,
    onboarding_id: Uuid,
    state: String,
    code: Option<String>,
    told_code: Option<String>,
    started_by: String,
    started_at: DateTime<Utc>,
    finished_at: Option<DateTime<Utc>>,
}

impl TryFrom<Row> for Run {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.run_id,
            kind: known("kind of run", row.kind, RunKind::from_stored)?,
            firm_id: row.firm_id,
            integration_id: row.integration_id,
            onboarding_id: row.onboarding_id,
            state: known("run state", row.state, RunState::from_stored)?,
            code: row.code.map(super::reason).transpose()?,
            told_code: row.told_code.map(super::reason).transpose()?,
            started_by: row.started_by,
            started_at: row.started_at,
            finished_at: row.finished_at,
        })
    }
}

/// Adds a run.
pub async fn create(conn: &mut PgConnection, run: &Run) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        insert into run (firm_id, run_id, integration_id, onboarding_id, kind, state,
                         started_by, started_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        run.firm_id,
        run.id,
        run.integration_id,
        run.onboarding_id,
        run.kind.as_str(),
        run.state.as_str(),
        run.started_by,
        run.started_at,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// One run.
pub async fn find(
    conn: &mut PgConnection,
    firm_id: Uuid,
    run_id: Uuid,
) -> Result<Option<Run>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select run_id, firm_id, integration_id, onboarding_id, kind, state, code,
               told_code, started_by, started_at, finished_at
        from run
        where firm_id = $1 and run_id = $2
        "#,
        firm_id,
        run_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Run::try_from)
    .transpose()
}

/// The newest run of an onboarding, whatever came of it.
pub async fn find_newest(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
) -> Result<Option<Run>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select run_id, firm_id, integration_id, onboarding_id, kind, state, code,
               told_code, started_by, started_at, finished_at
        from run
        where firm_id = $1 and onboarding_id = $2
        order by started_at desc, run_id desc
        limit 1
        "#,
        firm_id,
        onboarding_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Run::try_from)
    .transpose()
}

/// The run of an onboarding that is not over, held against other writers until the transaction ends.
pub async fn find_open_for_update(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
) -> Result<Option<Run>, StoreError> {
    sqlx::query_as!(
        Row,
        r#"
        select run_id, firm_id, integration_id, onboarding_id, kind, state, code,
               told_code, started_by, started_at, finished_at
        from run
        where firm_id = $1 and onboarding_id = $2 and state not in ('done', 'abandoned')
        for no key update
        "#,
        firm_id,
        onboarding_id,
    )
    .fetch_optional(conn)
    .await?
    .map(Run::try_from)
    .transpose()
}

/// Takes a run that goes on without a person, under the next fencing number.
pub async fn take(
    conn: &mut PgConnection,
    firm_id: Uuid,
    run_id: Uuid,
) -> Result<Option<Held>, StoreError> {
    let fence = sqlx::query_scalar!(
        r#"
        update run set fence = fence + 1, state = 'running', code = null
        where firm_id = $1 and run_id = $2 and state in ('running', 'waiting')
        returning fence
        "#,
        firm_id,
        run_id,
    )
    .fetch_optional(conn)
    .await?;
    Ok(fence.map(|fence| Held {
        firm_id,
        run_id,
        fence,
    }))
}

/// Locks the run for this transaction; [`StoreError::Stale`] if another worker has it, or a person
/// stopped it.
pub async fn hold(conn: &mut PgConnection, held: &Held) -> Result<(), StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        select fence from run
        where firm_id = $1 and run_id = $2 and fence = $3 and state = 'running'
        for no key update
        "#,
        held.firm_id,
        held.run_id,
        held.fence,
    )
    .fetch_optional(conn)
    .await?;
    found.map(drop).ok_or(StoreError::Stale)
}

/// What becomes of a run that its worker puts down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rest {
    /// It waits for Procore.
    Waiting(ReasonCode),
    /// It waits for a person.
    NeedsPerson(ReasonCode),
    /// Everything is done.
    Done(DateTime<Utc>),
}

/// Puts a run down, if it is still in these hands.
pub async fn put_down(conn: &mut PgConnection, held: &Held, rest: Rest) -> Result<(), StoreError> {
    let (state, code, finished_at) = match rest {
        Rest::Waiting(code) => (RunState::Waiting, Some(code), None),
        Rest::NeedsPerson(code) => (RunState::NeedsPerson, Some(code), None),
        Rest::Done(now) => (RunState::Done, None, Some(now)),
    };
    let written = sqlx::query!(
        r#"
        update run
        set state = $4, code = $5, finished_at = $6
        where firm_id = $1 and run_id = $2 and fence = $3 and state = 'running'
        "#,
        held.firm_id,
        held.run_id,
        held.fence,
        state.as_str(),
        code.map(|code| code.to_string()),
        finished_at,
    )
    .execute(conn)
    .await?
    .rows_affected();
    if written == 1 {
        Ok(())
    } else {
        Err(StoreError::Stale)
    }
}

/// Lets a run that waits go on.
pub async fn reopen(
    conn: &mut PgConnection,
    firm_id: Uuid,
    run_id: Uuid,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update run set state = 'running', code = null
        where firm_id = $1 and run_id = $2 and state in ('waiting', 'needs_person')
        "#,
        firm_id,
        run_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps which cause people were told of by mail.
pub async fn set_told(
    conn: &mut PgConnection,
    held: &Held,
    code: Option<ReasonCode>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update run set told_code = $3 where firm_id = $1 and run_id = $2",
        held.firm_id,
        held.run_id,
        code.map(|code| code.to_string()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends an onboarding's run before it is done, and its integration with it: the firm starts again,
/// or support closed it. A worker that has the run in hand writes nothing from here on.
pub async fn abandon(
    conn: &mut PgConnection,
    firm_id: Uuid,
    onboarding_id: Uuid,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update run set state = 'abandoned', finished_at = $3
        where firm_id = $1 and onboarding_id = $2 and state not in ('done', 'abandoned')
        "#,
        firm_id,
        onboarding_id,
        now,
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!(
        r#"
        update integration set state = 'disconnected'
        where firm_id = $1 and onboarding_id = $2 and state = 'setting_up'
        "#,
        firm_id,
        onboarding_id,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Whether anything that the firm's closed setups created is still being removed.
pub async fn is_removing(conn: &mut PgConnection, firm_id: Uuid) -> Result<bool, StoreError> {
    let removing = sqlx::query_scalar!(
        r#"
        select exists (
            select from run
            where firm_id = $1 and kind = 'removal' and state not in ('done', 'abandoned')
        ) as "removing!"
        "#,
        firm_id,
    );
    Ok(removing.fetch_one(conn).await?)
}
