//! *Disconnect*: a firm's admin ends the connection.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use super::onboarding::{self, Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, ConnectionState};
use crate::engine;
use crate::identity::{Actor, Verb};
use crate::ledger::{Action, RunKind, plan};
use crate::onboarding::{CheckPurpose, Refused};
use crate::removal;
use crate::store::runs::{self, Run};
use crate::store::{actions, checks, claims, connections, credentials, hooks, incidents};
use crate::work;

/// The result of asking for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DisconnectOutcome {
    /// The connection has ended, now or since an earlier time.
    Ended,
    /// What was typed is not the company's name.
    NotItsName,
}

/// Ends the connection of a setup that is done, where the company's name was typed to confirm it. A
/// removal takes back what we created in Procore, then wipes the secret; `with_data` has it delete what
/// was read and delivered, too.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    typed: &str,
    with_data: bool,
) -> Result<DisconnectOutcome, Error> {
    let firm = actor.may(Verb::Disconnect)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm, seen).await?;
    let mut onboarding = stored.onboarding;
    let connection = stored.connection.ok_or(Error::Stale)?;
    if onboarding.archived_at.is_some() {
        return match with_data && !drops_data(&mut tx, &connection).await? {
            true => Err(Error::Stale), // ended by somebody else, who kept the data
            false => Ok(DisconnectOutcome::Ended),
        };
    }
    check_version(&onboarding, seen)?;
    if !connection.is_named(typed) {
        return Ok(DisconnectOutcome::NotItsName);
    }
    onboarding.end_connection(now)?;
    end(&mut tx, app, actor, connection, with_data).await?;
    let change = Change {
        details: json!({ "with_data": with_data }),
        ..Change::new(ActivityVerb::ConnectionDisconnected)
    };
    save(&mut tx, app, actor, &mut onboarding, change, now).await?;
    tx.commit().await?;
    tracing::info!(firm.id = %firm, "Disconnected firm {firm}");
    Ok(DisconnectOutcome::Ended)
}

/// Whether the removal of a connection deletes what was read, too.
async fn drops_data(conn: &mut PgConnection, connection: &Connection) -> Result<bool, Error> {
    let firm = connection.firm_id;
    let newest = runs::find_newest(conn, firm, connection.id).await?;
    let Some(removal) = newest.filter(|run| run.kind == RunKind::Removal) else {
        return Ok(false);
    };
    let ledger = actions::list(conn, firm, removal.id).await?;
    Ok(ledger
        .iter()
        .any(|entry| entry.action == Action::DropRecords))
}

/// Ends a connection whose onboarding the caller ends in the same transaction: nothing is done for it
/// any more, nothing can be delivered to it, and its company is anybody's. Returns whether anything of
/// it has to be removed first; if not, its secret is wiped at once.
pub(super) async fn end(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    mut connection: Connection,
    with_data: bool,
) -> Result<bool, Error> {
    let (firm, id, now) = (connection.firm_id, connection.id, app.clock.now());
    let was_busy = runs::abandon_all(conn, firm, id, now).await?;
    incidents::end_all(conn, firm, id, now).await?;
    credentials::drop_candidate(conn, firm, id, now).await?;
    checks::set_aside(conn, firm, id, &CheckPurpose::ALL, now).await?;
    let created = hooks::any_of(conn, firm, id).await?;
    if !created && connection.state == ConnectionState::SettingUp {
        onboarding::disconnect(conn, connection, now).await?;
        return Ok(false);
    }
    connection.begin_removal().map_err(Refused::from)?;
    connections::save(conn, &connection).await?;
    claims::release_others(conn, firm, None).await?;
    hooks::close_of(conn, firm, id, now).await?;
    if was_busy {
        // A worker may be about to create something that it cannot note any more.
        let settled = now + removal::SETTLED_AFTER;
        work::put_off(conn, removal::settling(firm, id), settled).await?;
    }
    begin_removal(conn, app, actor, &connection, with_data, now).await?;
    Ok(true)
}

/// Starts a removal run, which waits and is retried like any other.
async fn begin_removal(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    connection: &Connection,
    with_data: bool,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (id, of) = (app.clock.new_id(), (connection.firm_id, connection.id));
    let removal = Run::of_company(id, RunKind::Removal, of, actor.name(), now);
    Ok(engine::begin(conn, &removal, &plan::removal(with_data), now).await?)
}
