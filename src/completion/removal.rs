//! Takes back what a setup created in Procore, and forgets the access to it.
//!
//! Procore comes first, because the key and secret that open it go last. The company stays claimed
//! until then: nobody else can connect it while webhooks of ours are being removed there.

use serde_json::json;

use super::case::Case;
use super::failure::{Failure, Halt};
use super::hands::Hands;
use super::hook;
use super::report;
use super::run::Outcome;
use crate::onboarding::ledger::ActionState;
use crate::onboarding::plan::Action;
use crate::procore::Hook;
use crate::store::actions::{self, Entry};
use crate::store::runs::Rest;
use crate::store::{claims, connections, credentials, hooks, records, tokens};
use crate::verdict::ReasonCode;

/// Records that one write deletes.
const AT_A_TIME: i64 = 5_000;

/// Removes every webhook of ours, and looks again whether any is left.
///
/// Ours are those in our namespace that lead to this installation. Of those, one whose address
/// names another firm is let be; so is whatever leads elsewhere.
pub(super) async fn remove_hooks(hands: &mut Hands<'_>, case: &Case) -> Result<Outcome, Halt> {
    let webhooks = case.api()?.webhooks();
    let firm_id = case.run.firm_id;
    let mut removed = 0;
    for _ in 0..hook::ROUNDS {
        let (ours, elsewhere) = hook::list(hands, &webhooks).await?;
        let (others, ours): (Vec<Hook>, Vec<Hook>) = ours
            .into_iter()
            .partition(|hook| hook::is_of_another(hook, firm_id));
        if ours.is_empty() {
            // Nothing is asked any more. Whatever keeps Procore from taking the token back, it
            // ends by itself soon.
            let revoked = hands
                .call("revoke token", case.api()?.revoke_token())
                .await?;
            if let Err(error) = revoked {
                tracing::info!("Procore did not take a token back: {error}");
            }
            let foreign = elsewhere.into_iter().chain(others).map(|hook| hook.id);
            let foreign: Vec<String> = foreign.collect();
            return Ok(Outcome::done(
                json!({ "removed": removed, "foreign": foreign }),
            ));
        }
        for hook in &ours {
            hook::delete(hands, &webhooks, hook).await?;
            removed += 1;
        }
    }
    Err(Halt::Failed(Failure::Wait {
        code: ReasonCode::Unexpected, // deleted and listed again and again
        not_before: None,
    }))
}

/// Deletes what was read, in writes that are short enough for others to get their turn.
pub(super) async fn drop_records(hands: &mut Hands<'_>, case: &Case) -> Result<Outcome, Halt> {
    let (firm_id, connection_id) = (case.run.firm_id, case.connection.id);
    let mut dropped = 0;
    loop {
        let mut write = hands.begin("records dropped").await?;
        let gone = records::remove_some(&mut write.tx, firm_id, connection_id, AT_A_TIME).await?;
        hands.commit(write).await?;
        if gone == 0 {
            return Ok(Outcome::done(json!({ "records": dropped })));
        }
        dropped += gone;
    }
}

/// Wipes the key and secret, releases the company and ends the run, in one transaction.
pub(super) async fn release(
    hands: &mut Hands<'_>,
    case: &Case,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let (firm_id, now) = (case.run.firm_id, hands.now());
    let mut connection = case.connection.clone();
    connection.disconnect();
    let mut write = hands.begin("released").await?;
    let tx = &mut write.tx;
    hooks::remove_of(tx, firm_id, connection.id).await?;
    connections::save(tx, &connection).await?;
    tokens::remove_of(tx, firm_id, connection.id).await?;
    credentials::wipe(tx, connection.firm_id, connection.id, now).await?;
    claims::release_others(tx, firm_id, None).await?;
    actions::finish(tx, &hands.held, entry.position, None, &json!({}), now).await?;
    hands.put_down(tx, Rest::Done(now)).await?;
    let left = ledger
        .iter()
        .any(|entry| entry.action == Action::RemoveHooks && entry.state == ActionState::Partial);
    report::removed(tx, hands, left).await?;
    report::queue_line(tx, hands).await?;
    hands.commit(write).await
}
