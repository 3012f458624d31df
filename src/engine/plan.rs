//! What the engine asks of a kind of run.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::context::RunContext;
use super::failure::Halt;
use super::lease::RunLease;
use super::outcome::ActionResult;
use crate::store::actions::Entry;
use crate::verdict::ReasonCode;

/// How the actions of one kind of run are done.
#[async_trait]
pub(crate) trait Plan: Send + Sync {
    /// Does one action of the ledger. The last one ends the run itself
    /// ([`RunLease::end_run`]) or lets it rest.
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt>;

    /// When the run goes on where it would need a person; `None` if it has to wait for one.
    fn goes_on_at(&self, _now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }

    /// When a run that waits for a person is tried again all the same; `None` if only the person lets it
    /// go on.
    fn tries_again_at(&self, _now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }

    /// Tells people that the run waits for one of them, in the transaction that records why. A plan
    /// that goes on by itself instead tells nobody.
    async fn report_needs_person(
        &self,
        _: &RunLease<'_>,
        _: &mut PgConnection,
        _: &Entry,
        _: ReasonCode,
    ) -> Result<(), Halt> {
        Ok(())
    }
}
