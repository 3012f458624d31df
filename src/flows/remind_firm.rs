//! *Remind*: support has a firm reminded of its setup now, before the date that the watch chose.

use serde_json::json;

use super::Error;
use super::case::{self, CaseError, SeenCase};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::case::{WhyNot, remind};
use crate::onboarding::queue_line::next;
use crate::store::{activities, memberships, onboardings, queue_lines};
use crate::watch::reminder;

/// Sends the reminder that the watch sends, to everybody who acts for the firm.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: Option<&Remark>,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, change) = (Verb::Remind, ActivityVerb::CaseReminded);
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    let (firm, id, now) = (locked.firm, locked.onboarding.id, app.clock.now());
    let standing = queue_lines::find_for_update(&mut tx, firm, id, now).await?;
    let stored = onboardings::find(&mut tx, firm, id).await?;
    let (standing, stored) = standing.zip(stored).ok_or(Error::Missing)?;
    let line = next(standing.line.as_ref(), &standing.evidence, now);
    remind(&locked.evidence, &line, now)?;
    let members = memberships::list(&mut tx, firm).await?;
    if members.is_empty() {
        return Err(WhyNot::NobodyToWriteTo.into());
    }
    reminder::send(&mut tx, app, &standing.subject, &line, &stored, &members).await?;
    let told = app.activity(actor, ActivityVerb::ReminderSent).with(json!({
        "onboarding": id,
        "situation": line.situation.code.as_str(),
        "code": line.situation.reason,
        "stage": locked.onboarding.stage,
    }));
    activities::record(&mut tx, &told).await?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    queue_lines::change(&mut tx, firm, id, now, |line| line.remind(now)).await?;
    tx.commit().await?;
    Ok(())
}
