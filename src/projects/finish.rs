//! Marks a project integrated, once everything that was chosen is read to its end.

use chrono::TimeDelta;
use serde_json::json;

use super::{record, task};
use crate::activity::ActivityVerb;
use crate::engine::{ActionResult, Failure, Halt, RunContext, RunLease};
use crate::ledger::{Action, ActionState};
use crate::reading::again;
use crate::store::actions::{self, Entry};
use crate::store::project_runs;
use crate::verdict::ReasonCode;
use crate::{events, work};

/// After how long a refusal is not taken for granted any more, where the run waited for something else.
const ASK_AGAIN: TimeDelta = TimeDelta::hours(1);

/// After how long a list is read again while the run waits: no reconcile does it.
const READ_AGAIN: TimeDelta = TimeDelta::weeks(1);

/// Does the action and ends the run, in one transaction. What Procore refused is asked for again first,
/// if the run waited since.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionResult, Halt> {
    let mut partial = ledger.iter().filter(|it| it.state == ActionState::Partial);
    if let Some(refused) = partial.next() {
        let refused_at = refused.finished_at.unwrap_or(context.run.started_at);
        let is_old = lease.now() - refused_at >= ASK_AGAIN;
        if is_old || entry.state != ActionState::Pending {
            ask_again(lease, ledger).await?;
            return Ok(ActionResult::Again);
        }
        let code = refused.code.unwrap_or(ReasonCode::Unexpected);
        return Err(Failure::needs_person(code).into());
    }
    let of = (context.run.firm_id, context.connection.id);
    let now = lease.now();
    let mut write = lease.begin("project integrated").await?;
    let tx = &mut write.tx;
    let is_new =
        project_runs::integrated(tx, of, context.project_id(), (context.run.started_at, now))
            .await?;
    // What was announced meanwhile.
    work::put(tx, events::task(of.0, of.1), now).await?;
    work::put(tx, task(of.0, of.1), now).await?;
    again::begin(tx, lease, context, ledger).await?;
    lease.end_run(tx, entry).await?;
    let drops = |it: &Entry| it.action == Action::DropRecords;
    let verb = match is_new {
        true => ActivityVerb::ProjectIntegrated,
        false if ledger.iter().any(drops) => ActivityVerb::ProjectChanged,
        false => ActivityVerb::ProjectSynced,
    };
    record(tx, lease, &context.run, verb, json!({})).await?;
    lease.commit(write).await?;
    Ok(ActionResult::RunPutDown)
}

/// Puts what was refused back, and what was read long ago, with what has to be looked at before and after it.
async fn ask_again(lease: &mut RunLease<'_>, ledger: &[Entry]) -> Result<(), Halt> {
    let now = lease.now();
    let is_old = |entry: &Entry| {
        let is_read = entry.action.data_set().is_some();
        is_read && entry.finished_at.is_some_and(|at| now - at >= READ_AGAIN)
    };
    let again = |entry: &&Entry| {
        let is_around = match entry.action {
            Action::Readiness | Action::CatchUp | Action::LastLook | Action::Finish => true,
            Action::Reverify
            | Action::Hook
            | Action::Triggers
            | Action::Lookups(_)
            | Action::Sync(_)
            | Action::ProjectIds
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
            | Action::Release => false,
        };
        is_around || entry.state == ActionState::Partial || is_old(entry)
    };
    let positions: Vec<i32> = ledger.iter().filter(again).map(|it| it.position).collect();
    let (firm, run) = (lease.held.firm_id, lease.held.run_id);
    let mut write = lease.begin("asked again").await?;
    actions::redo(&mut write.tx, firm, run, &positions, now).await?;
    lease.commit(write).await
}
