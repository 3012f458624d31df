//! Puts the settings of a change in use: the one moment at which it takes effect.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sqlx::PgConnection;

use super::finish;
use crate::catalog::Choice;
use crate::connection::{Connection, Settings};
use crate::engine::{ActionOutcome, Halt, RunContext, RunLease};
use crate::identity::RunId;
use crate::ledger::{Action, RunKind};
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::readings::short_lists;
use crate::store::{connections, runs};
use crate::{reconcile, work};

/// Does the action, unless something that was chosen could not be read. What was in use before is kept
/// with the outcome, in the write that replaces it.
pub(super) async fn act(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    finish::refuse_partial(ledger)?;
    let now = lease.now();
    let (mut write, stored) = lease
        .begin_with_onboarding("settings switched", context.onboarding_id)
        .await?;
    let tx = &mut write.tx;
    let connection = stored.connection;
    let mut connection = connection.ok_or_else(|| anyhow::anyhow!("a run without connection"))?;
    let before = connection.settings.clone();
    let before = before.ok_or_else(|| anyhow::anyhow!("a change of no settings"))?;
    connection
        .choose(context.settings.clone())
        .map_err(anyhow::Error::from)?;
    connections::save(tx, &connection).await?;
    let ended = end_other_readings(tx, &connection, now).await?;
    let report = serde_json::to_value(Switched { before, ended }).map_err(anyhow::Error::from)?;
    actions::finish(
        tx,
        &lease.held,
        entry.position,
        ActionEnd::Done,
        &report,
        now,
    )
    .await?;
    lease.commit(write).await?;
    Ok(ActionOutcome::done(report))
}

/// Ends the runs that read by the settings of before, which could bring back what is about to be
/// deleted. A reconcile starts over with those of now. Returns the run that read short lists again: the end
/// of the change has it go on.
async fn end_other_readings(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<Option<RunId>, Halt> {
    let (firm, id) = (connection.firm_id, connection.id);
    let mut reading = None;
    for kind in [RunKind::Reading, RunKind::Reconcile] {
        if let Some(run) = runs::find_open_for_update(conn, firm, id, kind).await? {
            runs::abandon(conn, &run, now).await?;
            work::put(conn, reconcile::task(firm, id), now).await?;
            if kind == RunKind::Reading {
                reading = Some(run.id);
            }
        }
    }
    Ok(reading)
}

/// What the run of short lists that the switch ended had to read of the data sets that are still chosen;
/// with another choice from the beginning, since it has other lists. What it said of those that are read
/// still goes for them.
pub(super) async fn list_ended(
    conn: &mut PgConnection,
    context: &RunContext,
    ledger: &[Entry],
) -> Result<Vec<Entry>, Halt> {
    let switch = ledger.iter().find(|it| it.action == Action::Switch);
    let outcome = switch.map(|it| it.outcome.clone()).unwrap_or_default();
    let Switched { before, ended } =
        serde_json::from_value(outcome).map_err(anyhow::Error::from)?;
    let Some(ended) = ended else {
        return Ok(Vec::new());
    };
    let mut entries = actions::list(conn, context.run.firm_id, ended).await?;
    let is_chosen = |set| context.settings.choice(set).is_some();
    entries.retain(|entry| entry.action.data_set().is_some_and(is_chosen));
    entries.retain(|entry| !ledger.iter().any(|it| it.action == entry.action));
    let is_kept = |set| before.choice(set) == context.settings.choice(set);
    let changed = entries
        .iter_mut()
        .filter(|entry| !entry.action.data_set().is_some_and(is_kept));
    for entry in changed {
        let set = entry
            .action
            .data_set()
            .and_then(|it| context.settings.choice(it));
        let lists: Vec<&str> = set
            .iter()
            .flat_map(Choice::reads)
            .map(|it| it.name)
            .collect();
        let mut short = short_lists(&entry.outcome);
        short.retain(|it| lists.contains(&it.list.as_str()));
        (entry.cursor, entry.outcome) = (None, json!({ "short": short }));
    }
    Ok(entries)
}

/// What the action reports.
#[derive(Debug, Serialize, Deserialize)]
struct Switched {
    /// The settings that were in use before.
    before: Settings,
    /// The run of short lists that it ended.
    ended: Option<RunId>,
}
