//! Carries out what an admin confirmed: one webhook that announces what was chosen, and every chosen
//! data set read whole.

mod change;
mod drop_unchosen;
mod finish;
mod repair;
mod report;
mod reverify;
mod switch;

use async_trait::async_trait;
use sqlx::PgConnection;

use crate::engine::{ActionResult, Halt, Plan, RunContext, RunLease};
use crate::ledger::Action;
use crate::reading::{self, catch_up};
use crate::store::actions::Entry;
use crate::verdict::ReasonCode;
use crate::webhooks::{hook, last_look, triggers};

pub(crate) use change::SettingsChange;
pub(crate) use repair::Repair;

/// The plan of a completion.
pub(crate) struct Completion;

#[async_trait]
impl Plan for Completion {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::Reverify => reverify::act(lease, context).await?,
            Action::Hook => hook::act(lease, context).await?,
            Action::Triggers => triggers::act(lease, context).await?,
            Action::Lookups(set) => reading::lookups(lease, context, entry, set).await?,
            Action::Sync(set) => reading::data_set(lease, context, entry, set).await?,
            Action::CatchUp => catch_up::act(lease, context, ledger, entry).await?,
            Action::LastLook => last_look::act(lease, context).await?,
            Action::Finish => {
                finish::act(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::ProjectIds
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
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
        report::needs_person(conn, lease, entry, code).await
    }
}
