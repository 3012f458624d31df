//! Reads data sets again of which a list did not come whole, until it does.
//!
//! Such a list holds up nothing: a total may count records that nobody may see, and a firm at work
//! changes its lists all day. It is read at growing pauses, by a run that needs nobody.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::catch_up;
use crate::activity::ActivityVerb;
use crate::catalog::DataSet;
use crate::engine::{self, ActionResult, Halt, Plan, RunContext, RunLease};
use crate::identity::{FirmId, RunId};
use crate::ledger::{Action, ActionState, RunKind, RunState, plan};
use crate::store::actions::{self, Entry};
use crate::store::runs::{self, Rest, Run};
use crate::sync::{CLOCK_SKEW, SyncCursor};
use crate::work;

const SHORTEST_PAUSE: TimeDelta = TimeDelta::minutes(15);
const LONGEST_PAUSE: TimeDelta = TimeDelta::days(1);

/// The plan of reading short lists again.
pub(crate) struct ReadingAgain;

#[async_trait]
impl Plan for ReadingAgain {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let read = match entry.action {
            Action::Lookups(set) => super::lookups(lease, context, entry, set).await,
            Action::Sync(set) => super::data_set(lease, context, entry, set).await,
            Action::CatchUp => catch_up::act(lease, context, ledger, entry).await,
            Action::Finish => return finish(lease, context, ledger, entry).await,
            other @ (Action::Readiness
            | Action::Reverify
            | Action::ProjectIds
            | Action::Hook
            | Action::Triggers
            | Action::LastLook
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
            | Action::Release) => return Err(Halt::not_of_plan(other)),
        };
        read.map(ActionResult::Done).map_err(|halt| match halt {
            Halt::Failed(failure) => {
                let now = lease.now();
                failure.waiting_until(now + pause(&context.run, now)).into()
            }
            halt => halt,
        })
    }

    /// It needs nobody: the cause of the failure may be gone by then.
    fn goes_on_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + LONGEST_PAUSE)
    }
}

/// Whether a data set did not come whole, or could not be read.
pub(crate) fn is_any_short(ledger: &[Entry]) -> bool {
    !sets_to_read(ledger).is_empty()
}

/// Plans to read the data sets of a completion again that are short, if any is.
pub(crate) async fn begin(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
) -> Result<Vec<DataSet>, Halt> {
    let sets = sets_to_read(ledger);
    if sets.is_empty() {
        return Ok(sets);
    }
    let (now, connection) = (lease.now(), &context.connection);
    let of = (connection.firm_id, connection.id);
    let id = lease.app.clock.new_id();
    let run = Run {
        state: RunState::Waiting,
        project_id: context.run.project_id,
        settings: context.run.project_id.and(context.run.settings.clone()),
        ..Run::of_company(id, RunKind::Reading, of, &context.run.started_by, now)
    };
    let entries: Vec<&Entry> = of_sets(ledger, &sets).collect();
    let reads: Vec<Action> = entries.iter().map(|entry| entry.action).collect();
    runs::create(conn, &run).await?;
    actions::create(conn, run.firm_id, run.id, &plan::reading(&reads), now).await?;
    for (position, entry) in (1..).zip(entries) {
        plan_again(conn, (run.firm_id, run.id), position, entry, now).await?;
    }
    rest(conn, &run, now + pause(&run, now), now).await?;
    let verb = ActivityVerb::ReadingShort;
    lease
        .record_activity(conn, verb, Some(&labels(&sets)), json!({}))
        .await?;
    Ok(sets)
}

/// Ends the run once everything came whole, or lets it rest until the next reading.
async fn finish(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionResult, Halt> {
    let (now, run) = (lease.now(), &context.run);
    let id = (run.firm_id, run.id);
    let sets = sets_to_read(ledger);
    let mut write = lease.begin("reading again").await?;
    let tx = &mut write.tx;
    if sets.is_empty() {
        lease.end_run(tx, entry).await?;
        let read: Vec<DataSet> = ledger
            .iter()
            .filter_map(|it| it.action.data_set())
            .collect();
        let verb = ActivityVerb::ReadingCompleted;
        lease
            .record_activity(tx, verb, Some(&labels(&read)), json!({}))
            .await?;
    } else {
        for entry in of_sets(ledger, &sets) {
            plan_again(tx, id, entry.position, entry, now).await?;
        }
        let catch_up = ledger.iter().filter(|it| it.action == Action::CatchUp);
        for entry in catch_up {
            let nothing = (entry.position, &json!({}));
            actions::plan_again(tx, id, nothing, None, now).await?;
        }
        lease.put_down(tx, Rest::Waiting(None)).await?;
        rest(tx, run, now + pause(run, now), now).await?;
    }
    lease.commit(write).await?;
    Ok(ActionResult::RunPutDown)
}

/// Plans an action again, with what its cursor has learnt.
async fn plan_again(
    conn: &mut PgConnection,
    run: (FirmId, RunId),
    position: i32,
    entry: &Entry,
    now: DateTime<Utc>,
) -> Result<(), Halt> {
    let stored = entry.cursor.clone();
    let stored = stored.and_then(|cursor| serde_json::from_value::<SyncCursor>(cursor).ok());
    let cursor = stored.map(|cursor| cursor.begin_again(now, now + CLOCK_SKEW));
    let cursor = cursor.map(serde_json::to_value).transpose();
    let cursor = cursor.map_err(anyhow::Error::from)?;
    let before = (position, &entry.outcome);
    Ok(actions::plan_again(conn, run, before, cursor.as_ref(), now).await?)
}

async fn rest(
    conn: &mut PgConnection,
    run: &Run,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<(), Halt> {
    let (firm, id) = (run.firm_id, run.id);
    actions::rest(conn, (firm, id), until, now).await?;
    Ok(work::put(conn, engine::task_of(run.project_id, firm, id), until).await?)
}

/// The data sets with anything that is not complete. They are read again as a whole, because a list
/// may exist once per record of another.
fn sets_to_read(ledger: &[Entry]) -> Vec<DataSet> {
    let not_complete = |entry: &&Entry| match entry.state {
        ActionState::Done => false,
        ActionState::Pending
        | ActionState::Running
        | ActionState::Waiting
        | ActionState::Partial
        | ActionState::Short
        | ActionState::NeedsPerson => true,
    };
    let mut sets: Vec<DataSet> = ledger
        .iter()
        .filter(not_complete)
        .filter_map(|entry| entry.action.data_set())
        .collect();
    sets.sort();
    sets.dedup();
    sets
}

fn of_sets<'a>(ledger: &'a [Entry], sets: &'a [DataSet]) -> impl Iterator<Item = &'a Entry> {
    let is_of = |entry: &&Entry| {
        entry
            .action
            .data_set()
            .is_some_and(|set| sets.contains(&set))
    };
    ledger.iter().filter(is_of)
}

fn labels(sets: &[DataSet]) -> String {
    let mut labels: Vec<&str> = sets.iter().map(|set| set.label()).collect();
    labels.dedup();
    labels.join(", ")
}

/// The pause after a reading: as long as the run has lasted, so it doubles, up to a day.
fn pause(run: &Run, now: DateTime<Utc>) -> TimeDelta {
    (now - run.started_at).clamp(SHORTEST_PAUSE, LONGEST_PAUSE)
}
