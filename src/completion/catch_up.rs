//! Reads what changed while the first reading went on.
//!
//! Pages are numbered, so a record that is deleted in the middle of a reading moves its successors
//! to a page that was read before. Asking for the changes since the reading began finds what moved
//! because it changed; and from the moment the webhook exists, every further change is announced.

use chrono::TimeDelta;

use super::case::Case;
use super::hands::Hands;
use super::run::Outcome;
use super::setback::Halt;
use super::sync;
use crate::onboarding::ledger::ActionState;
use crate::store::actions::Entry;
use crate::sync::Reading;

/// How far Procore's clock may be behind ours.
const SKEW: TimeDelta = TimeDelta::minutes(5);

/// Does the action.
pub(super) async fn act(
    hands: &mut Hands<'_>,
    case: &Case,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<Outcome, Halt> {
    let began = ledger
        .iter()
        .filter(|entry| entry.action.data_set().is_some())
        .filter_map(|entry| entry.started_at)
        .min();
    let integration = &case.integration;
    // A set that was refused is asked for again as a whole, by whoever mends it.
    let whole = integration.settings.in_sync_order().filter(|choice| {
        let of_set = |entry: &&Entry| entry.action.data_set() == Some(choice.data_set);
        let mut entries = ledger.iter().filter(of_set);
        entries.all(|entry| entry.state == ActionState::Done)
    });
    let reading = Reading::changes(
        integration.firm_id,
        integration.id,
        integration.company_id,
        whole,
        began.unwrap_or(case.run.started_at) - SKEW,
    );
    sync::read(hands, case, entry, &reading).await
}
