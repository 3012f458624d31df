//! Reads what changed during the first sync.
//!
//! Pages are numbered, so deleting a record during the sync moves its successors to a page that was
//! already read. Reading the changes since the sync began finds what moved because it changed; once
//! the webhook exists, it announces every further change.

use chrono::TimeDelta;
use serde_json::json;

use super::sync;
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::ledger::Action;
use crate::ledger::ActionState;
use crate::store::actions::{self, Entry};
use crate::sync::ListReader;

/// How far Procore's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Does the action.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    let began = ledger
        .iter()
        .filter(|entry| entry.action.data_set().is_some())
        .filter_map(|entry| entry.started_at)
        .min();
    // A set that was refused is asked for again as a whole, by the person who fixes it.
    let whole = context.settings.in_sync_order().filter(|choice| {
        let of_set = |entry: &&Entry| entry.action.data_set() == Some(choice.data_set);
        let mut entries = ledger.iter().filter(of_set);
        entries.all(|entry| entry.state == ActionState::Done)
    });
    let reader = ListReader::changes(
        context.run.firm_id,
        context.connection.id,
        context.connection.target.company_id,
        whole,
        began.unwrap_or(context.run.started_at) - SKEW,
    );
    let read = sync::read(lease, context, entry, &reader).await?;
    // The set is what lacks something, and what can be fixed or left out; the catch-up went on.
    for refusal in &read.refused {
        let of_list = |entry: &&Entry| reads(entry.action, &refusal.list);
        let Some(set) = ledger.iter().find(of_list) else {
            continue;
        };
        let outcome = json!({ "refused": [refusal] });
        let mut write = lease.begin("set behind").await?;
        let (tx, partial) = (&mut write.tx, Some(refusal.code));
        actions::finish(
            tx,
            &lease.held,
            set.position,
            partial,
            &outcome,
            lease.now(),
        )
        .await?;
        lease.commit(write).await?;
    }
    Ok(ActionOutcome::done(json!({ "refused": read.refused })))
}

/// Whether an action reads the list of this name.
fn reads(action: Action, list: &str) -> bool {
    match action {
        Action::Sync(set) => set.entry().reads.iter().any(|read| read.name == list),
        _ => false,
    }
}
