//! *Check again now*: support runs the checks of the firm's step again.

use super::case::{self, CaseError, SeenCase};
use super::start_checks::{self, Started};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::case::{WhyNot, check_again};
use crate::store::rates;
use serde_json::json;

/// Starts the checks of the step, like the firm's own button, even before a time that Procore named.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: Option<&Remark>,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let (verb, change) = (Verb::CheckPermissions, ActivityVerb::CaseCheckedAgain);
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    let purpose = check_again(&locked.evidence)?;
    let facts = json!({ "checks": purpose });
    case::finish_with(&mut tx, app, actor, &locked, None, facts, reason).await?;
    if let Some(connection) = &locked.connection {
        rates::lift(&mut tx, locked.firm, connection.id).await?;
    }
    let walk = (&locked.onboarding, locked.connection.as_ref());
    let started = start_checks::start(&mut tx, app, actor, walk, purpose, Vec::new()).await?;
    match started {
        Started::New => {}
        Started::UnderWay => return Err(WhyNot::ChecksRunning.into()),
    }
    tx.commit().await?;
    Ok(())
}
