//! What people are told about a run: timeline, attention, mail.

use sqlx::PgConnection;

use super::hands::Hands;
use super::setback::Halt;
use crate::identity::{Actor, FirmId};
use crate::onboarding::reason::ReasonCode;
use crate::store::actions::Entry;
use crate::store::activities::{self, NewActivity};
use crate::store::{attention as attentions, runs};

/// Writes a line of the timeline, in the product's own name.
pub(super) async fn tell(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    verb: &'static str,
    about: String,
) -> Result<(), Halt> {
    let actor = Actor::system_for(FirmId(hands.held.firm_id));
    let id = hands.app.clock.new_id();
    let activity = NewActivity::new(id, hands.now(), &actor, verb).about(about);
    Ok(activities::record(conn, &activity).await?)
}

/// Tells that a run needs a person: once per cause, however often it is tried again in vain.
pub(super) async fn needs_person(
    conn: &mut PgConnection,
    hands: &Hands<'_>,
    entry: &Entry,
    code: ReasonCode,
) -> Result<(), Halt> {
    let about = format!("{} ({code})", entry.action.label());
    tell(conn, hands, "completion.needs_person", about).await?;
    let run = runs::find(conn, hands.held.firm_id, hands.held.run_id).await?;
    if run.is_some_and(|run| run.told_code != Some(code)) {
        runs::set_told(conn, &hands.held, Some(code)).await?;
    }
    Ok(())
}

/// Brings the support queue's line up to date.
pub(super) async fn attention(conn: &mut PgConnection, hands: &Hands<'_>) -> Result<(), Halt> {
    let run = runs::find(conn, hands.held.firm_id, hands.held.run_id).await?;
    if let Some(run) = run {
        let now = hands.now();
        attentions::refresh(conn, run.firm_id, run.onboarding_id, now).await?;
    }
    Ok(())
}
