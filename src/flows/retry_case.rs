//! *Retry*: support resumes a completion that is stuck.

use super::case::{self, CaseError, SeenCase};
use super::retry_run::{self, RunStanding};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::ledger::RunKind;
use crate::onboarding::case::{WhyNot, retry};
use crate::store::rates;

/// Retries the failed action, like the firm's own *Try again*; one that waits for Procore is
/// retried at once, even before the time that Procore named.
pub async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: Option<&Remark>,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let locked = case::begin(
        &mut tx,
        app,
        actor,
        Verb::Retry,
        ActivityVerb::CaseRetried,
        page,
    )
    .await?;
    let Some(locked) = locked else { return Ok(()) };
    retry(&locked.evidence)?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    if let Some(connection) = &locked.connection {
        rates::lift(&mut tx, locked.firm, connection.id).await?;
    }
    let still = RunStanding::WaitsOrNeedsPerson;
    let kind = match locked.onboarding.archived_at {
        Some(_) => RunKind::Removal,
        None => RunKind::Completion,
    };
    if !retry_run::retry(&mut tx, app, actor, &locked.onboarding, kind, still).await? {
        return Err(WhyNot::Moving.into());
    }
    tx.commit().await?;
    Ok(())
}
