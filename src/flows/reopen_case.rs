//! Support opens a closed setup again.

use super::Error;
use super::case::{self, CaseError, SeenCase};
use super::consent::write_to_all;
use super::onboarding::{Change, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::case::{WhyNot, reopen};
use crate::paths;
use crate::store::{firms, hooks, onboardings};
use crate::text::mails;
use serde_json::json;

/// Opens a setup again with every answer but the secret. Refused if the firm has another open setup,
/// since it may have only one.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: &Remark,
) -> Result<(), CaseError> {
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseReopened;
    let locked = case::begin(&mut tx, app, actor, Verb::ReopenCase, change, page).await?;
    let Some(mut locked) = locked else {
        return Ok(());
    };
    reopen(&locked.evidence)?;
    // Serialises with another request that opens a setup.
    firms::find_for_update(&mut tx, locked.firm)
        .await?
        .ok_or(Error::Missing)?;
    let open = onboardings::find_open(&mut tx, locked.firm).await?;
    if open.is_some() {
        return Err(WhyNot::AnotherOpen.into());
    }
    if let Some(connection) = locked.onboarding.connection_id {
        // One that was left in Procore is found there like any other.
        hooks::remove_of(&mut tx, locked.firm, connection).await?;
    }
    locked.onboarding.reopen(locked.connection.as_mut(), now);
    let change = Change {
        details: json!({ "stage": locked.onboarding.stage }),
        connection: locked.connection.as_ref(),
        ..Change::new(ActivityVerb::SetupReopened)
    };
    save(&mut tx, app, actor, &mut locked.onboarding, change, now).await?;
    let page = paths::step(locked.firm, locked.onboarding.stage);
    let letter = mails::setup::reopened(app.link(&page));
    write_to_all(&mut tx, app, locked.firm, &letter).await?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    tx.commit().await?;
    Ok(())
}
