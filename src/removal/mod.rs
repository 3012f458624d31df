//! Takes back what a connection created in Procore, and forgets the access to it.
//!
//! Procore comes first, because the key and secret that open it go last. The company is released before
//! that, so another connection to it may be set up meanwhile: a removal takes only what is its own.

pub(crate) mod clean_up;
mod drop_records;
mod release;
mod remove_hooks;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::engine::{ActionResult, Halt, Plan, RunContext, RunLease};
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::Action;
use crate::store::actions::Entry;
use crate::store::{StoreError, runs};
use crate::verdict::ReasonCode;
use crate::webhooks;
use crate::work::{self, Task};
use serde_json::json;

pub(crate) use clean_up::task;

/// How long until the next try, where Procore named no time.
const PAUSE: TimeDelta = TimeDelta::hours(1);

/// How long Procore may take to carry out what it was asked for when a connection ended.
pub(crate) const SETTLED_AFTER: TimeDelta = webhooks::LATE;

/// The work whose time a removal waits for before it looks for the last time.
pub(crate) fn settling(firm: FirmId, connection: ConnectionId) -> Task {
    webhooks::late_look(firm, connection)
}

/// Until when Procore may still carry out a creation that it did not answer, if there was one just now.
pub(crate) async fn settles_at(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>, StoreError> {
    let due_at = work::due_at(conn, settling(firm, connection)).await?;
    // A look that is further away was put off: what it was to remove is gone by now.
    Ok(due_at.filter(|due_at| now < *due_at && *due_at <= now + SETTLED_AFTER))
}

/// The plan of a removal.
pub(crate) struct Removal;

#[async_trait]
impl Plan for Removal {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::RemoveHooks => remove_hooks::act(lease, context, entry).await?,
            Action::DropRecords => drop_records::act(lease, context).await?,
            Action::Release => {
                release::act(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::Reverify
            | Action::Hook
            | Action::Triggers
            | Action::Lookups(_)
            | Action::Sync(_)
            | Action::CatchUp
            | Action::ProjectIds
            | Action::LastLook
            | Action::Switch
            | Action::Finish) => return Err(Halt::not_of_plan(other)),
        };
        Ok(ActionResult::Done(outcome))
    }

    /// Somebody may fix in Procore what keeps us from it, at any time and without telling us.
    fn tries_again_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + PAUSE)
    }

    /// Support finds it in the queue; the firm is not written to.
    async fn report_needs_person(
        &self,
        lease: &RunLease<'_>,
        conn: &mut PgConnection,
        entry: &Entry,
        code: ReasonCode,
    ) -> Result<(), Halt> {
        let (firm_id, run_id) = (lease.held.firm_id, lease.held.run_id);
        let run = runs::find(conn, firm_id, run_id).await?;
        if run.is_some_and(|run| run.told_code == Some(code)) {
            return Ok(()); // said when it was met first
        }
        runs::set_told(conn, &lease.held, Some(code)).await?;
        let facts = json!({ "action": entry.action.key(), "cause": code });
        let verb = ActivityVerb::RemovalNeedsPerson;
        lease.record_activity(conn, verb, None, facts).await
    }
}
