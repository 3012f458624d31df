//! Reads what changed during the first sync.
//!
//! Pages are numbered, so deleting a record during the sync moves its successors to a page that was
//! already read. Reading the changes since the sync began finds what moved because it changed; once
//! the webhook exists, it announces every further change.

use serde_json::json;

use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::ledger::{Action, ActionState, ShortList};
use crate::store::actions::{self, ActionEnd, Entry};
use crate::sync::{CLOCK_SKEW, ListReader, SyncCursor};

/// Does the action.
pub(crate) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    let began = ledger
        .iter()
        .filter(|entry| entry.action.data_set().is_some())
        .filter_map(|entry| entry.started_at)
        .min()
        .unwrap_or(context.run.started_at);
    // A set that was refused is asked for again as a whole, by the person who fixes it. A list of a
    // project mostly comes on one page, which is one moment: its webhook was there before.
    let is_of_project = context.run.project_id.is_some();
    let read = context.settings.in_sync_order().filter(|choice| {
        let of_set = |entry: &&Entry| entry.action.data_set() == Some(choice.data_set);
        let mut entries = ledger.iter().filter(of_set).peekable();
        let is_read =
            entries.peek().is_some() && entries.clone().all(|it| it.state != ActionState::Partial);
        is_read && (!is_of_project || entries.any(took_several_pages))
    });
    let reader = ListReader::changes(context.source(), read, |_| began - CLOCK_SKEW);
    let read = super::read(lease, context, entry, &reader).await?;
    // The set is what lacks something, and what can be fixed, left out or read again; the catch-up
    // went on.
    let set_of = |list: &str| ledger.iter().find(|entry| reads(entry.action, list));
    let mut behind = Vec::new();
    for refusal in read.refused.iter().filter(|it| !it.can_be_done_without()) {
        let outcome = json!({ "refused": [refusal] });
        let end = ActionEnd::Partial(refusal.code);
        behind.extend(set_of(&refusal.list).map(|set| (set, end, outcome)));
    }
    for short in &read.short {
        if let Some(set) = set_of(&short.list).filter(|set| set.state == ActionState::Done) {
            let rows = set.records.unsigned_abs();
            let (list, changed) = (short.list.clone(), true);
            let short = ShortList {
                list,
                rows,
                total: rows,
                changed,
                cut_short: false,
            };
            behind.push((set, ActionEnd::Short, json!({ "short": [short] })));
        }
    }
    for (set, end, outcome) in behind {
        let mut write = lease.begin("set behind").await?;
        let (tx, now) = (&mut write.tx, lease.now());
        actions::finish(tx, &lease.held, set.position, end, &outcome, now).await?;
        lease.commit(write).await?;
    }
    Ok(ActionOutcome::done(json!({ "refused": read.refused })))
}

/// Whether a list of it came on more than one page, so that a record may have moved between them.
fn took_several_pages(entry: &Entry) -> bool {
    let stored = entry.cursor.clone();
    let cursor = stored.and_then(|cursor| serde_json::from_value::<SyncCursor>(cursor).ok());
    cursor.is_none_or(|cursor| cursor.took_several_pages)
}

/// Whether an action reads the list of this name.
fn reads(action: Action, list: &str) -> bool {
    match action {
        Action::Sync(set) => set.entry().reads.iter().any(|read| read.name == list),
        _ => false,
    }
}
