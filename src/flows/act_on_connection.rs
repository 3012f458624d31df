//! What support does to a live connection, from its case.

use super::case::{self, CaseError, SeenCase};
use super::{repair_webhook, sync_connection};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::case::{WhyNot, check_now, repair, sync_now};
use crate::store::activities;
use crate::watch::connections::look_now;

/// The firm's own buttons that support may press.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ConnectionAction {
    CheckNow,
    SyncNow,
    Repair,
}

/// Does it, for the firm to see; the reason is for support alone.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: Option<&Remark>,
    action: ConnectionAction,
) -> Result<(), CaseError> {
    let (verb, change) = match action {
        ConnectionAction::CheckNow => (Verb::CheckNow, ActivityVerb::CaseConnectionChecked),
        ConnectionAction::SyncNow => (Verb::SyncNow, ActivityVerb::CaseSynced),
        ConnectionAction::Repair => (Verb::Retry, ActivityVerb::CaseWebhookRepaired),
    };
    let mut tx = app.db.begin().await?;
    let locked = case::begin(&mut tx, app, actor, verb, change, page).await?;
    let Some(locked) = locked else { return Ok(()) };
    match action {
        ConnectionAction::CheckNow => check_now(&locked.evidence)?,
        ConnectionAction::SyncNow => sync_now(&locked.evidence)?,
        ConnectionAction::Repair => repair(&locked.evidence)?,
    }
    let connection = locked.connection.as_ref().ok_or(WhyNot::NotConnected)?;
    case::finish(&mut tx, app, actor, &locked, None, reason).await?;
    let (firm, now) = (locked.firm, app.clock.now());
    let told = match action {
        ConnectionAction::CheckNow => {
            let is_new = look_now(&mut tx, firm, connection.id, now).await?;
            is_new.then_some(ActivityVerb::ConnectionCheckAsked)
        }
        ConnectionAction::SyncNow => {
            let is_new = sync_connection::begin(&mut tx, app, connection).await?;
            is_new.then_some(ActivityVerb::SyncAsked)
        }
        ConnectionAction::Repair => {
            repair_webhook::begin(&mut tx, app, actor, &locked.onboarding, connection).await?;
            None // told by that
        }
    };
    if let Some(verb) = told {
        activities::record(&mut tx, &app.activity(actor, verb)).await?;
    }
    Ok(tx.commit().await?)
}
