//! Takes back what a setup created in Procore, and forgets the access to it.
//!
//! Procore comes first, because the key and secret that open it go last. The company stays claimed
//! until then: nobody else can connect it while webhooks of ours are being removed there.

pub(crate) mod clean_up;
mod drop_records;
mod release;
mod remove_hooks;

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::engine::{ActionResult, Halt, Plan, RunContext, RunLease};
use crate::ledger::Action;
use crate::store::actions::Entry;
use crate::verdict::ReasonCode;
use serde_json::json;

pub(crate) use clean_up::task;

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
            Action::RemoveHooks => remove_hooks::act(lease, context).await?,
            Action::DropRecords => drop_records::act(lease, context).await?,
            Action::Release => {
                release::act(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Reverify
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

    /// Support finds it in the queue; the firm is not written to.
    async fn report_needs_person(
        &self,
        lease: &RunLease<'_>,
        conn: &mut PgConnection,
        entry: &Entry,
        code: ReasonCode,
    ) -> Result<(), Halt> {
        let facts = json!({ "action": entry.action.key(), "cause": code });
        let verb = ActivityVerb::RemovalNeedsPerson;
        lease.record_activity(conn, verb, None, facts).await
    }
}
