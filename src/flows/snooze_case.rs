//! *Snooze until*: support postpones a case.

use chrono::{DateTime, Utc};

use super::case::{self, CaseError, SeenCase};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::case::snooze;
use crate::store::queue_lines;

/// Keeps a case from coming up until then, or until its situation changes. `day` names the moment
/// in the words of the person who chose it.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    until: DateTime<Utc>,
    day: &str,
    reason: Option<&Remark>,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let locked = case::begin(
        &mut tx,
        app,
        actor,
        Verb::Snooze,
        ActivityVerb::CaseSnoozed,
        page,
    )
    .await?;
    let Some(locked) = locked else { return Ok(()) };
    snooze(&locked.evidence)?;
    case::finish(&mut tx, app, actor, &locked, Some(day), reason).await?;
    queue_lines::change(
        &mut tx,
        locked.firm,
        locked.onboarding.id,
        app.clock.now(),
        |line| {
            line.snooze(until);
        },
    )
    .await?;
    tx.commit().await?;
    Ok(())
}
