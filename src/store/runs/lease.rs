//! Which worker has a run.
//!
//! A worker takes a run under a fencing number. Every transaction in which it writes begins with
//! [`lock`], which locks the row: a worker that was overtaken gets [`StoreError::Stale`] there and
//! writes nothing.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{resting, tried_again};
use crate::identity::{FirmId, RunId};
use crate::ledger::{RunKind, RunState};
use crate::store::StoreError;
use crate::verdict::ReasonCode;

/// A run that a worker has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LeasedRun {
    pub firm_id: FirmId,
    pub run_id: RunId,
    pub kind: RunKind,
    /// The project that it is about; `None` for the company.
    pub project_id: Option<i64>,
    fence: i64,
}

/// Takes a run that goes on without a person, under the next fencing number; none that rests in a
/// pause. Some are tried again also while they wait for one ([`RunKind::is_tried_again`]).
pub async fn take(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
) -> Result<Option<LeasedRun>, StoreError> {
    let taken = sqlx::query!(
        r#"
        update run set fence = fence + 1, state = 'running', code = null
        where firm_id = $1 and run_id = $2
          and (state in ('running', 'waiting') or state = 'needs_person' and kind = any($4))
          and not (kind = any($3) and exists (
              select from connection c
              where c.firm_id = run.firm_id and c.connection_id = run.connection_id
                and c.paused_at is not null
          ))
        returning kind as "kind: RunKind", project_id, fence
        "#,
        firm_id.0,
        run_id.0,
        &resting() as &[&str],
        &tried_again() as &[&str],
    )
    .fetch_optional(conn)
    .await?;
    Ok(taken.map(|row| LeasedRun {
        firm_id,
        run_id,
        kind: row.kind,
        project_id: row.project_id,
        fence: row.fence,
    }))
}

/// Locks the run for this transaction; [`StoreError::Stale`] if another worker has it, a person
/// stopped it, or it rests in a pause.
pub async fn lock(conn: &mut PgConnection, held: &LeasedRun) -> Result<(), StoreError> {
    let found = sqlx::query_scalar!(
        r#"
        select fence from run
        where firm_id = $1 and run_id = $2 and fence = $3 and state = 'running'
          and not ($4 and exists (
              select from connection c
              where c.firm_id = run.firm_id and c.connection_id = run.connection_id
                and c.paused_at is not null
          ))
        for no key update
        "#,
        held.firm_id.0,
        held.run_id.0,
        held.fence,
        held.kind.rests_in_a_pause(),
    )
    .fetch_optional(conn)
    .await?;
    found.map(drop).ok_or(StoreError::Stale)
}

/// What becomes of a run that its worker puts down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rest {
    /// It waits for Procore, or until its plan goes on.
    Waiting(Option<ReasonCode>),
    /// It waits for a person.
    NeedsPerson(ReasonCode),
    /// Everything is done.
    Done(DateTime<Utc>),
}

/// Puts a run down, if this worker still has it.
pub(crate) async fn put_down(
    conn: &mut PgConnection,
    held: &LeasedRun,
    rest: Rest,
) -> Result<(), StoreError> {
    let (state, code, finished_at) = match rest {
        Rest::Waiting(code) => (RunState::Waiting, code, None),
        Rest::NeedsPerson(code) => (RunState::NeedsPerson, Some(code), None),
        Rest::Done(now) => (RunState::Done, None, Some(now)),
    };
    let written = sqlx::query!(
        r#"
        update run
        set state = $4, code = $5, finished_at = $6
        where firm_id = $1 and run_id = $2 and fence = $3 and state = 'running'
        "#,
        held.firm_id.0,
        held.run_id.0,
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

/// Keeps which cause people were told of by mail.
pub(crate) async fn set_told(
    conn: &mut PgConnection,
    held: &LeasedRun,
    code: Option<ReasonCode>,
) -> Result<(), StoreError> {
    sqlx::query!(
        "update run set told_code = $3 where firm_id = $1 and run_id = $2",
        held.firm_id.0,
        held.run_id.0,
        code.map(|code| code.to_string()),
    )
    .execute(conn)
    .await?;
    Ok(())
}
