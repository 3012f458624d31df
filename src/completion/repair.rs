//! Sets our webhook up again as it was, after somebody changed it in Procore.

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;

use super::reverify;
use crate::activity::ActivityVerb;
use crate::engine::{ActionResult, Halt, Plan, RunContext, RunLease};
use crate::ledger::Action;
use crate::store::actions::Entry;
use crate::store::hooks;
use crate::store::reconciles::{self, Gap};
use crate::webhooks::last_look;
use crate::{reconcile, watch, work};

/// When a repair is tried again that something else keeps from succeeding, which is an incident of its
/// own.
const PAUSE: TimeDelta = TimeDelta::hours(1);

/// The plan of a repair.
pub(crate) struct Repair;

#[async_trait]
impl Plan for Repair {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        _: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::Reverify => reverify::act(lease, context).await?,
            Action::LastLook => last_look::act(lease, context).await?,
            Action::Finish => {
                finish(lease, context, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::Hook
            | Action::Triggers
            | Action::Lookups(_)
            | Action::Sync(_)
            | Action::CatchUp
            | Action::ProjectIds
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
            | Action::Release) => return Err(Halt::not_of_plan(other)),
        };
        Ok(ActionResult::Done(outcome))
    }

    fn goes_on_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + PAUSE)
    }
}

/// Ends the run, and has the connection looked at, which ends the incident. What changed before a new
/// webhook took the place of an older one is read.
async fn finish(lease: &mut RunLease<'_>, context: &RunContext, entry: &Entry) -> Result<(), Halt> {
    let (firm_id, id, now) = (context.run.firm_id, context.connection.id, lease.now());
    let began = context.run.started_at;
    let mut write = lease.begin("repaired").await?;
    let tx = &mut write.tx;
    let hook = hooks::find_of_company(tx, firm_id, id).await?;
    if hook.is_some_and(|hook| hook.created_at >= began) {
        let gap = Gap {
            from: began,
            to: now,
            lost: true,
        };
        reconciles::note_gap(tx, (firm_id, id), gap).await?;
        work::put(tx, reconcile::task(firm_id, id), now).await?;
    }
    lease.end_run(tx, entry).await?;
    let verb = ActivityVerb::WebhookRepaired;
    lease.record_activity(tx, verb, None, json!({})).await?;
    watch::connections::look_now(tx, firm_id, id, now).await?;
    lease.commit(write).await
}
