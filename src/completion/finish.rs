//! Marks the connection connected, once every chosen data set is read to its end.

use super::report;
use crate::engine::{Failure, Halt, RunContext, RunLease};
use crate::identity::Actor;
use crate::ledger::ActionState;
use crate::reading::again;
use crate::store::actions::Entry;
use crate::store::{connections, hand_overs, onboardings};
use crate::verdict::ReasonCode;
use crate::{events, reconcile, watch, work};

/// Does the action and ends the run, in one transaction.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    refuse_partial(ledger)?;
    let (firm_id, now) = (context.run.firm_id, lease.now());
    let (mut write, stored) = lease
        .begin_with_onboarding("finished", context.onboarding_id)
        .await?;
    let (mut onboarding, connection) = (stored.onboarding, stored.connection);
    let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a run without connection"))?;
    let tx = &mut write.tx;
    onboarding
        .finish_completion(&mut connection, now)
        .map_err(anyhow::Error::from)?;
    let system = Actor::system_for(firm_id);
    onboardings::save(tx, &mut onboarding, system.name()).await?;
    connections::save(tx, &connection).await?;
    // A colleague whose key or fix let the run go on has done their part.
    hand_overs::end_over(tx, &onboarding, now).await?;
    let first = reconcile::next(connection.id, now);
    work::put(tx, reconcile::task(firm_id, connection.id), first).await?;
    // What was announced meanwhile.
    work::put(tx, events::task(firm_id, connection.id), now).await?;
    watch::connections::begin(tx, firm_id, connection.id, now).await?;
    let short = again::begin(tx, lease, context, ledger).await?;
    lease.end_run(tx, entry).await?;
    let company = connection.company_name.unwrap_or_default();
    report::done(tx, lease, &company, &short).await?;
    lease.refresh_queue_line(tx).await?;
    lease.commit(write).await
}

/// Refuses to go on while something that was chosen could not be read: a person fixes that first.
pub(super) fn refuse_partial(ledger: &[Entry]) -> Result<(), Halt> {
    let mut entries = ledger.iter();
    match entries.find(|entry| entry.state == ActionState::Partial) {
        Some(partial) => {
            let code = partial.code.unwrap_or(ReasonCode::Unexpected);
            Err(Failure::needs_person(code).into())
        }
        None => Ok(()),
    }
}
