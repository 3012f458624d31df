//! The table `action`: the ledger of a run, one row per action.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::PgConnection;

use super::StoreError;
use super::runs::LeasedRun;
use crate::catalog::DataSet;
use crate::identity::{FirmId, RunId};
use crate::ledger::Action;
use crate::ledger::ActionState;
use crate::verdict::{ReasonCode, Said};

/// One row of a ledger.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub position: i32,
    pub action: Action,
    pub state: ActionState,
    /// Why it waits, is partial, or needs a person; while it is tried again, why it waited.
    pub code: Option<ReasonCode>,
    /// What Procore said when it last refused.
    pub said: Option<Said>,
    /// What it said when it last refused to write something for this action.
    pub refused_write: Option<Said>,
    /// What came of it, in the words of the action.
    pub outcome: Value,
    /// Where a reading goes on.
    pub cursor: Option<Value>,
    /// Records read so far.
    pub records: i64,
    /// Records that Procore said there are.
    pub total: Option<i64>,
    /// Records in which it found anything new.
    pub changed: i64,
    /// How often it was taken up since it last came forward.
    pub attempts: i32,
    pub not_before: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// How an action ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionEnd {
    Done,
    /// Lists were read to their end and are not complete.
    Short,
    /// Procore refused something.
    Partial(ReasonCode),
}

/// How far a reading has come.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Progress {
    pub cursor: Value,
    pub records: i64,
    pub total: Option<i64>,
    /// Records of the page in which anything is new.
    pub changed: u64,
}

/// Writes the ledger of a new run: every action pending, in this order.
pub async fn create(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
    actions: &[Action],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let names: Vec<String> = actions.iter().map(|action| action.key()).collect();
    sqlx::query!(
        r#"
        insert into action (firm_id, run_id, position, name, state, updated_at)
        select $1, $2, listed.place::int, listed.name, 'pending', $4
        from unnest($3::text[]) with ordinality as listed (name, place)
        "#,
        firm_id.0,
        run_id.0,
        &names,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The ledger of a run, in order.
pub async fn list(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
) -> Result<Vec<Entry>, StoreError> {
    let entries = sqlx::query_as!(
        Entry,
        r#"
        select position, name as "action: Action", state as "state: ActionState",
               code as "code: ReasonCode", said as "said: Said",
               refused_write as "refused_write: Said", outcome, cursor, records, total, changed,
               attempts, not_before, started_at, finished_at
        from action
        where firm_id = $1 and run_id = $2
        order by position
        "#,
        firm_id.0,
        run_id.0,
    )
    .fetch_all(conn)
    .await?;
    Ok(entries)
}

/// Marks an action as resumed. What it waited for holds until there is an answer.
pub async fn start(
    conn: &mut PgConnection,
    held: &LeasedRun,
    position: i32,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set state = 'running', not_before = null, attempts = attempts + 1,
            started_at = coalesce(started_at, $4), updated_at = $4
        where firm_id = $1 and run_id = $2 and position = $3
        "#,
        held.firm_id.0,
        held.run_id.0,
        position,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps how far a reading has come, in the transaction of the page that brought it there.
pub(crate) async fn keep_progress(
    conn: &mut PgConnection,
    held: &LeasedRun,
    position: i32,
    progress: &Progress,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set cursor = $4, records = $5, total = $6, changed = changed + $7, code = null,
            attempts = 0, updated_at = $8
        where firm_id = $1 and run_id = $2 and position = $3
        "#,
        held.firm_id.0,
        held.run_id.0,
        position,
        progress.cursor,
        progress.records,
        progress.total,
        i64::try_from(progress.changed).unwrap_or(i64::MAX),
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends an action.
pub async fn finish(
    conn: &mut PgConnection,
    held: &LeasedRun,
    position: i32,
    end: ActionEnd,
    outcome: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (state, code) = match end {
        ActionEnd::Done => (ActionState::Done, None),
        ActionEnd::Short => (ActionState::Short, None),
        ActionEnd::Partial(code) => (ActionState::Partial, Some(code)),
    };
    sqlx::query!(
        r#"
        update action
        set state = $4, code = $5, outcome = $6, attempts = 0, not_before = null, said = null,
            refused_write = null, finished_at = $7, updated_at = $7
        where firm_id = $1 and run_id = $2 and position = $3
        "#,
        held.firm_id.0,
        held.run_id.0,
        position,
        state.as_str(),
        code.map(|code| code.to_string()),
        outcome,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Why an action could not go on.
#[derive(Debug, Clone, Copy)]
pub struct Stop<'a> {
    pub code: ReasonCode,
    /// One that waits says until when; one that does not needs a person.
    pub not_before: Option<DateTime<Utc>>,
    /// How many of its attempts do not count, at most.
    pub forgiven: i32,
    pub said: Option<&'a Said>,
    /// Set where Procore refused a write; an earlier refusal is kept otherwise.
    pub refused_write: Option<&'a Said>,
    /// What the action has to report of it.
    pub report: Option<&'a Value>,
}

/// Marks an action that could not go on.
pub async fn stop(
    conn: &mut PgConnection,
    held: &LeasedRun,
    position: i32,
    stop: &Stop<'_>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let state = match stop.not_before {
        Some(_) => ActionState::Waiting,
        None => ActionState::NeedsPerson,
    };
    sqlx::query!(
        r#"
        update action
        set state = $4, code = $5, not_before = $6,
            attempts = attempts - least(attempts, $7),
            said = $8, refused_write = coalesce($9, refused_write),
            outcome = coalesce($10, outcome), updated_at = $11
        where firm_id = $1 and run_id = $2 and position = $3
        "#,
        held.firm_id.0,
        held.run_id.0,
        position,
        state.as_str(),
        stop.code.to_string(),
        stop.not_before,
        stop.forgiven,
        stop.said.map(|said| json!(said)),
        stop.refused_write.map(|said| json!(said)),
        stop.report,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Puts the given actions back to pending; a reading keeps its place.
pub async fn reopen(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
    positions: &[i32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set state = 'pending', code = null, not_before = null, attempts = 0, said = null,
            refused_write = null, finished_at = null, updated_at = $4
        where firm_id = $1 and run_id = $2 and position = any($3)
        "#,
        firm_id.0,
        run_id.0,
        positions,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Resets the given actions to pending, to be done again from the beginning.
pub(crate) async fn redo(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
    positions: &[i32],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set state = 'pending', code = null, not_before = null, attempts = 0, said = null,
            refused_write = null, started_at = null, finished_at = null, cursor = null, records = 0,
            total = null, changed = 0, updated_at = $4
        where firm_id = $1 and run_id = $2 and position = any($3)
        "#,
        firm_id.0,
        run_id.0,
        positions,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Plans an action to be done again: what came of it before stays with it until then.
pub(crate) async fn plan_again(
    conn: &mut PgConnection,
    (firm_id, run_id): (FirmId, RunId),
    (position, outcome): (i32, &Value),
    cursor: Option<&Value>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set state = 'pending', code = null, outcome = $4, cursor = $5, records = 0, total = null,
            changed = 0, attempts = 0, not_before = null, started_at = null, finished_at = null, updated_at = $6
        where firm_id = $1 and run_id = $2 and position = $3
        "#,
        firm_id.0,
        run_id.0,
        position,
        outcome,
        cursor,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Says when a run that rests by its plan goes on, at its last action.
pub async fn rest(
    conn: &mut PgConnection,
    (firm_id, run_id): (FirmId, RunId),
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action set state = 'waiting', attempts = 0, not_before = $3, updated_at = $4
        where firm_id = $1 and run_id = $2
          and position = (select max(position) from action where firm_id = $1 and run_id = $2)
        "#,
        firm_id.0,
        run_id.0,
        until,
        now,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes the readings of a data set out of a ledger.
pub(crate) async fn remove_data_set(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
    data_set: DataSet,
) -> Result<(), StoreError> {
    let names = [
        Action::Lookups(data_set).key(),
        Action::Sync(data_set).key(),
    ];
    sqlx::query!(
        "delete from action where firm_id = $1 and run_id = $2 and name = any($3)",
        firm_id.0,
        run_id.0,
        &names,
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Leaves out an action that needs a person: it stays as it is, and the others go on.
pub async fn leave(
    conn: &mut PgConnection,
    firm_id: FirmId,
    run_id: RunId,
    action: Action,
    report: &Value,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    sqlx::query!(
        r#"
        update action
        set state = 'partial', outcome = $5, not_before = null, finished_at = $4, updated_at = $4
        where firm_id = $1 and run_id = $2 and name = $3 and state = 'needs_person'
        "#,
        firm_id.0,
        run_id.0,
        action.key(),
        now,
        report,
    )
    .execute(conn)
    .await?;
    Ok(())
}
