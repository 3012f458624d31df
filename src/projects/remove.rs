//! Takes back what was created for a project: its webhook first, then the data if it is to go.
//!
//! Where Procore does not let us remove the webhook, since the project is closed or hidden from us, the data goes all
//! the same, and the webhook is tried again until it is gone.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{TRY_AGAIN, record};
use crate::activity::ActivityVerb;
use crate::engine::{ActionOutcome, ActionResult, Failure, Halt, Next, Plan, RunContext, RunLease};
use crate::ledger::{Action, ActionState};
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::{hooks, list_readings, project_runs, records, runs, unread};
use crate::verdict::ReasonCode;
use crate::{webhooks, work};

/// Records that one write deletes.
const AT_A_TIME: i64 = 5_000;

/// The plan of removing a project.
pub(crate) struct ProjectRemoval;

#[async_trait]
impl Plan for ProjectRemoval {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::RemoveHooks => remove_hooks(lease, context).await?,
            Action::DropRecords => drop_records(lease, context).await?,
            Action::Finish => return finish(lease, context, ledger, entry).await,
            other @ (Action::Reverify
            | Action::Readiness
            | Action::Hook
            | Action::Triggers
            | Action::Lookups(_)
            | Action::Sync(_)
            | Action::CatchUp
            | Action::ProjectIds
            | Action::LastLook
            | Action::Switch
            | Action::Release) => return Err(Halt::not_of_plan(other)),
        };
        Ok(ActionResult::Done(outcome))
    }

    fn tries_again_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + TRY_AGAIN)
    }

    async fn report_needs_person(
        &self,
        lease: &RunLease<'_>,
        conn: &mut PgConnection,
        entry: &Entry,
        code: ReasonCode,
    ) -> Result<(), Halt> {
        super::report_once(lease, conn, entry, code).await
    }
}

/// Removes the webhook, unless Procore refuses that: then the ledger names it.
async fn remove_hooks(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let project = context.project_id();
    match webhooks::delete_of_project(lease, context, project).await {
        Ok(removed) => Ok(ActionOutcome::done(json!({ "removed": removed }))),
        Err(Halt::Failed(failure)) if failure.next == Next::NeedsPerson => {
            let mut conn = lease.app.db.acquire().await?;
            let (firm, id) = (context.run.firm_id, context.connection.id);
            let left = hooks::list(&mut conn, firm, id, project).await?;
            let left: Vec<String> = left.into_iter().filter_map(|it| it.procore_id).collect();
            let outcome = ActionOutcome::done(json!({ "left": left }));
            Ok(outcome.ended(ActionEnd::Partial(failure.code)))
        }
        Err(halt) => Err(halt),
    }
}

/// Deletes the records of the project alone.
async fn drop_records(
    lease: &mut RunLease<'_>,
    context: &RunContext,
) -> Result<ActionOutcome, Halt> {
    let (firm, id) = (context.run.firm_id, context.connection.id);
    let lists = context.source().lists();
    let mut dropped = 0;
    loop {
        let mut write = lease.begin("records of project dropped").await?;
        let (tx, now) = (&mut write.tx, lease.now());
        let project = Some(lists.project);
        let gone = records::remove_some(tx, firm, id, project, &[], AT_A_TIME, now).await?;
        unread::remove_records_of_project(tx, firm, id, lists.project, &[]).await?;
        list_readings::forget_of_project(tx, lists, &[]).await?;
        lease.commit(write).await?;
        if gone == 0 {
            return Ok(ActionOutcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}

/// Ends the run once nothing of ours is left in Procore.
async fn finish(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionResult, Halt> {
    let mut partial = ledger.iter().filter(|it| it.state == ActionState::Partial);
    if let Some(refused) = partial.next() {
        if entry.state == ActionState::Pending {
            let code = refused.code.unwrap_or(ReasonCode::Unexpected);
            return Err(Failure::needs_person(code).into());
        }
        let positions = [refused.position, entry.position];
        let (firm, run, now) = (lease.held.firm_id, lease.held.run_id, lease.now());
        let mut write = lease.begin("asked again").await?;
        actions::redo(&mut write.tx, firm, run, &positions, now).await?;
        lease.commit(write).await?;
        return Ok(ActionResult::Again);
    }
    let of = (context.run.firm_id, context.connection.id);
    let mut write = lease.begin("project removed").await?;
    let tx = &mut write.tx;
    project_runs::removed(tx, of, context.project_id()).await?;
    work::put(tx, super::task(of.0, of.1), lease.now()).await?;
    lease.end_run(tx, entry).await?;
    if let Some(run) = runs::find(tx, of.0, context.run.id).await? {
        record(tx, lease, &run, ActivityVerb::ProjectRemoved, json!({})).await?;
    }
    lease.commit(write).await?;
    Ok(ActionResult::RunPutDown)
}
