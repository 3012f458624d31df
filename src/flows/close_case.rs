//! Support closes a setup that will not be finished, or ends a connection for a firm that left.

use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use super::case::{self, CaseError, LockedCase, SeenCase};
use super::consent::write_to_all;
use super::disconnect;
use super::onboarding::{Change, save};
use super::retry_run::go_on;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::ledger::{Action, RunKind, RunState};
use crate::onboarding::Stage;
use crate::onboarding::case::{Closing, close};
use crate::paths;
use crate::store::{actions, hooks, runs};
use crate::text::mails;

/// Closes a setup, done or not, and releases its company at once. If nothing was created in Procore, the
/// secret is wiped, too; otherwise a removal run does that, after it has deleted what was created.
///
/// If Procore refuses the removal, closing again abandons it: what is left there has to be removed
/// by hand.
pub async fn run(
    app: &App,
    actor: &Actor,
    page: SeenCase,
    reason: &Remark,
) -> Result<(), CaseError> {
    let mut tx = app.db.begin().await?;
    let change = ActivityVerb::CaseClosed;
    let locked = case::begin(&mut tx, app, actor, Verb::CloseCase, change, page).await?;
    let Some(mut locked) = locked else {
        return Ok(());
    };
    let left_behind = match close(&locked.evidence)? {
        Closing::Close => {
            shut(&mut tx, app, actor, &mut locked).await?;
            false
        }
        Closing::LeaveBehind => {
            leave_behind(&mut tx, app, actor, &locked).await?;
            true
        }
    };
    let facts = json!({ "left_behind": left_behind });
    case::finish_with(&mut tx, app, actor, &locked, None, facts, reason).await?;
    tx.commit().await?;
    Ok(())
}

async fn shut(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &mut LockedCase,
) -> Result<(), Error> {
    let (firm, now) = (locked.firm, app.clock.now());
    let run = match &locked.connection {
        Some(connection) => {
            runs::find_open_for_update(conn, firm, connection.id, RunKind::Completion).await?
        }
        None => None,
    };
    let moving = run.is_some_and(|run| run.state == RunState::Running);
    let was_done = locked.onboarding.stage == Stage::Done;
    match was_done {
        true => locked.onboarding.end_connection(now)?,
        false => locked.onboarding.archive(moving, now)?,
    }
    // What a firm worked with is not deleted without its word.
    let created = match locked.connection.take() {
        Some(connection) => disconnect::end(conn, app, actor, connection, !was_done).await?,
        None => false,
    };
    let onboarding = &mut locked.onboarding;
    let change = Change {
        details: json!({ "created": created }),
        ..Change::new(match was_done {
            true => ActivityVerb::ConnectionDisconnected,
            false => ActivityVerb::SetupClosed,
        })
    };
    save(conn, app, actor, onboarding, change, now).await?;
    let link = app.link(&paths::concierge(firm));
    let product = &app.config.product_name;
    let letter = match was_done {
        true => mails::setup::disconnected(product, link),
        false => mails::setup::closed(product, created, link),
    };
    write_to_all(conn, app, firm, &letter).await?;
    Ok(())
}

async fn leave_behind(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    locked: &LockedCase,
) -> Result<(), Error> {
    let (firm, now) = (locked.firm, app.clock.now());
    let connection = locked.onboarding.connection_id.ok_or(Error::Stale)?;
    let removal = runs::find_open_for_update(conn, firm, connection, RunKind::Removal).await?;
    let removal = removal.ok_or(Error::Stale)?;
    let run_id = removal.id;
    let left = hooks::list_of_company(conn, firm, connection).await?;
    let left: Vec<String> = left
        .into_iter()
        .filter_map(|hook| hook.procore_id)
        .collect();
    let report = json!({ "left": left });
    actions::leave(conn, firm, run_id, Action::RemoveHooks, &report, now).await?;
    let (id, verb) = (locked.onboarding.id, ActivityVerb::RemovalGivenUp);
    go_on(conn, app, actor, (&removal, id), verb, json!({})).await
}
