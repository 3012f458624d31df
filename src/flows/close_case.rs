//! Support closes a setup that will not be finished.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use super::case::{self, CaseError, LockedCase, SeenCase};
use super::consent::write_to_all;
use super::onboarding::{Change, disconnect, save};
use super::retry_run::go_on;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::engine;
use crate::identity::{Actor, Remark, Verb};
use crate::ledger::plan::REMOVAL;
use crate::ledger::{Action, RunKind, RunState};
use crate::onboarding::Refused;
use crate::onboarding::case::{Closing, close};
use crate::paths;
use crate::store::runs::{self, Run};
use crate::store::{actions, connections, hooks};
use crate::text::mails;
use crate::work;

/// Closes a setup. If nothing was created in Procore, the secret is wiped and the company released
/// at once; otherwise a removal run does both, after it has deleted what was created.
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
    let moving = run
        .as_ref()
        .is_some_and(|run| run.state == RunState::Running);
    let onboarding = &mut locked.onboarding;
    onboarding.archive(moving, now)?;
    if let Some(run) = &run {
        runs::abandon(conn, run, now).await?;
    }
    let mut created = false;
    if let Some(connection) = locked.connection.take() {
        created = hooks::any_of(conn, firm, connection.id).await?;
        match created {
            true => begin_removal(conn, app, actor, connection, now).await?,
            false => disconnect(conn, connection, now).await?,
        }
    }
    let change = Change {
        details: json!({ "created": created }),
        ..Change::new(ActivityVerb::SetupClosed)
    };
    save(conn, app, actor, onboarding, change, now).await?;
    let link = app.link(&paths::concierge(firm));
    let letter = mails::setup::closed(&app.config.product_name, created, link);
    write_to_all(conn, app, firm, &letter).await?;
    Ok(())
}

/// Starts a removal run, which waits and is retried like any other.
async fn begin_removal(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    mut connection: Connection,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    connection.begin_removal().map_err(Refused::from)?;
    connections::save(conn, &connection).await?;
    let (id, of) = (app.clock.new_id(), (connection.firm_id, connection.id));
    let removal = Run::of_company(id, RunKind::Removal, of, actor.name(), now);
    runs::create(conn, &removal).await?;
    actions::create(conn, removal.firm_id, removal.id, &REMOVAL, now).await?;
    work::put(conn, engine::task(removal.firm_id, removal.id), now).await?;
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
    actions::leave(conn, removal.firm_id, run_id, Action::RemoveHooks, now).await?;
    let (id, verb) = (locked.onboarding.id, ActivityVerb::RemovalGivenUp);
    go_on(conn, app, actor, (&removal, id), verb, json!({})).await
}
