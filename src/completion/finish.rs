//! Marks the connection connected, once every chosen data set is read whole.

use serde_json::json;

use super::case::Case;
use super::failure::{Failure, Halt};
use super::hands::Hands;
use super::report;
use crate::identity::Actor;
use crate::onboarding::ledger::ActionState;
use crate::store::actions::{self, Entry};
use crate::store::runs::Rest;
use crate::store::{connections, onboardings};
use crate::verdict::ReasonCode;

/// Does the action and ends the run, in one transaction.
pub(super) async fn act(
    hands: &mut Hands<'_>,
    case: &Case,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let partial = ledger
        .iter()
        .find(|entry| entry.state == ActionState::Partial);
    if let Some(partial) = partial {
        let code = partial.code.unwrap_or(ReasonCode::Unexpected);
        return Err(Halt::Failed(Failure::NeedsPerson(code)));
    }

    let (firm_id, now) = (case.run.firm_id, hands.now());
    let (mut write, stored) = hands
        .begin_with_onboarding("finished", case.onboarding_id)
        .await?;
    let (mut onboarding, connection) = (stored.onboarding, stored.connection);
    let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a run without connection"))?;
    let tx = &mut write.tx;
    onboarding
        .finish_completion(&mut connection, now)
        .map_err(anyhow::Error::from)?;
    let system = Actor::system_for(firm_id.into());
    onboardings::save(tx, &mut onboarding, system.name()).await?;
    connections::save(tx, &connection).await?;
    actions::finish(tx, &hands.held, entry.position, None, &json!({}), now).await?;
    hands.put_down(tx, Rest::Done(now)).await?;
    let company = connection.company_name.unwrap_or_default();
    report::done(tx, hands, &company).await?;
    report::queue_line(tx, hands).await?;
    hands.commit(write).await
}
