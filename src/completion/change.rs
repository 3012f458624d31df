//! Carries out a change of what is brought, after the setup.
//!
//! Until everything new is read, the settings of before stay in use; then the new ones are put in use in
//! one write ([`switch`]), and only after that anything is deleted. So a change that was killed, or that
//! needs somebody, is never half in effect.

use async_trait::async_trait;
use serde_json::json;
use sqlx::PgConnection;

use super::{drop_unchosen, report, reverify, switch};
use crate::activity::ActivityVerb;
use crate::engine::{ActionResult, Halt, Plan, RunContext, RunLease};
use crate::ledger::Action;
use crate::reading::{self, again, catch_up};
use crate::store::actions::Entry;
use crate::verdict::ReasonCode;
use crate::webhooks::{last_look, triggers};
use crate::{events, watch, work};

/// The plan of a change of settings.
pub(crate) struct SettingsChange;

#[async_trait]
impl Plan for SettingsChange {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::Reverify => reverify::act(lease, context).await?,
            Action::Triggers => triggers::act(lease, context).await?,
            Action::Lookups(set) => reading::lookups(lease, context, entry, set).await?,
            Action::Sync(set) => reading::data_set(lease, context, entry, set).await?,
            Action::CatchUp => catch_up::act(lease, context, ledger, entry).await?,
            Action::Switch => switch::act(lease, context, ledger, entry).await?,
            Action::LastLook => last_look::act(lease, context).await?,
            Action::DropRecords => drop_unchosen::act(lease, context).await?,
            Action::Finish => {
                finish(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::Hook
            | Action::ProjectIds
            | Action::RemoveHooks
            | Action::Release) => {
                return Err(Halt::not_of_plan(other));
            }
        };
        Ok(ActionResult::Done(outcome))
    }

    async fn report_needs_person(
        &self,
        lease: &RunLease<'_>,
        conn: &mut PgConnection,
        entry: &Entry,
        code: ReasonCode,
    ) -> Result<(), Halt> {
        report::change_needs_person(conn, lease, entry, code).await
    }
}

/// Ends the run. What was announced meanwhile is applied, and lists that came short are read again.
async fn finish(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let (firm_id, id, now) = (context.run.firm_id, context.connection.id, lease.now());
    let sets = context.settings.choices().iter();
    let sets: Vec<&str> = sets.map(|choice| choice.data_set.key()).collect();
    let mut write = lease.begin("change finished").await?;
    let tx = &mut write.tx;
    let mut read = ledger.to_vec();
    read.extend(switch::list_ended(tx, context, ledger).await?);
    work::put(tx, events::task(firm_id, id), now).await?;
    watch::connections::look_now(tx, firm_id, id, now).await?;
    again::begin(tx, lease, context, &read).await?;
    lease.end_run(tx, entry).await?;
    let (verb, facts) = (ActivityVerb::SettingsChanged, json!({ "data_sets": sets }));
    lease.record_activity(tx, verb, None, facts).await?;
    lease.commit(write).await
}
