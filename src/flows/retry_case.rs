//! *Retry*: support resumes a completion that is stuck.

use super::case::{self, CaseError, SeenCase};
use super::retry_run::{self, Standing};
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
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let held = case::begin(
        &mut tx,
        app,
        actor,
        Verb::Retry,
        ActivityVerb::CaseRetried,
        page,
    )
    .await?;
    let Some(held) = held else { return Ok(()) };
    retry(&held.evidence)?;
    case::finish(&mut tx, app, actor, &held, None, reason).await?;
    if let Some(connection) = &held.connection {
        rates::lift(&mut tx, held.firm, connection.id).await?;
    }
    let still = Standing::WaitsOrNeedsPerson;
    let kind = match held.onboarding.archived_at {
        Some(_) => RunKind::Removal,
        None => RunKind::Completion,
    };
    if !retry_run::retry(&mut tx, app, actor, &held.onboarding, kind, still).await? {
        return Err(WhyNot::Moving.into());
    }
    tx.commit().await?;
    Ok(())
}
