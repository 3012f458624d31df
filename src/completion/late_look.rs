//! Looks for what Procore carried out after we had given up waiting for its answer.
//!
//! A creation without an answer is repeated once the lists show that nothing came of it. Procore may
//! carry out the first one all the same, later than the run looks for the last time. Some minutes
//! after such a run came to rest, whatever it did, one more look removes what is doubled.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::connection::{ConnectionState, Trigger, triggers};
use crate::engine::{Halt, RunContext, RunLease};
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::RunState;
use crate::procore::{Error, Urgency, Webhooks};
use crate::store::hooks::Hook;
use crate::store::runs::{self, Run};
use crate::store::{connections, credentials, hooks};
use crate::webhooks;
use crate::work::{self, Lease};

pub(crate) use crate::webhooks::LATE_LOOK as KIND;

/// How long Procore may take to carry out what it did not answer.
const AFTER: TimeDelta = TimeDelta::minutes(5);

/// Plans the look where a creation got no answer.
pub(super) async fn plan<T>(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    created: &Result<T, Error>,
) -> Result<(), Halt> {
    if !matches!(created, Err(Error::Unavailable { .. })) {
        return Ok(());
    }
    let mut write = lease.begin("late look planned").await?;
    let task = webhooks::late_look(lease.held.firm_id, context.connection.id);
    work::put(&mut write.tx, task, lease.now() + AFTER).await?;
    lease.commit(write).await
}

/// Looks, unless the run is still at work; then later.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a late look of no firm")?;
    let connection_id = ConnectionId(lease.key);
    let task = webhooks::late_look(firm_id, connection_id);
    let now = app.clock.now();
    let mut conn = app.db.acquire_for_write().await?;
    let Some(run) = runs::find_newest(&mut conn, firm_id, connection_id).await? else {
        return Ok(());
    };
    let connection = connections::find(&mut conn, firm_id, connection_id).await?;
    let hook = hooks::find_of_company(&mut conn, firm_id, connection_id).await?;
    let (Some(connection), Some(hook)) = (connection, hook) else {
        return Ok(());
    };
    match connection.state {
        ConnectionState::SettingUp | ConnectionState::Connected => {}
        // A removal waits for the time of this look, and removes them all.
        ConnectionState::Removing | ConnectionState::Disconnected => return Ok(()),
    }
    if let Some(later) = not_before(&run, now) {
        work::put(&mut conn, task, later).await?;
        return Ok(conn.finish().await?);
    }
    let Some(access) = credentials::find_access(&mut conn, &connection).await? else {
        return Ok(());
    };
    drop(conn);
    let access = app.access(&connection, &access)?;
    let webhooks = app.procore.company(access, Urgency::Background).webhooks();
    let again = match remove_doubled(app, &webhooks, firm_id, &hook).await {
        Ok(()) => return Ok(()),
        Err(error @ Error::Ours { .. }) => return Err(error.into()),
        Err(error @ Error::Unavailable { .. }) => {
            tracing::info!("A late look has to wait: {error}");
            now + AFTER
        }
        Err(error) => match error.until() {
            Some(until) => until,
            None => {
                tracing::info!(firm.id = %firm_id, "A late look was refused: {error}");
                return Ok(());
            }
        },
    };
    let mut conn = app.db.acquire_for_write().await?;
    work::put(&mut conn, task, again).await?;
    Ok(conn.finish().await?)
}

/// When to look, if that is not now.
fn not_before(run: &Run, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let rested_at = match run.state {
        RunState::Running | RunState::Waiting => now,
        RunState::NeedsPerson => return None,
        RunState::Done | RunState::Abandoned => run.finished_at?,
    };
    Some(rested_at + AFTER).filter(|later| *later > now)
}

/// Removes every hook of ours but the one we know, and every trigger of it that is there twice.
async fn remove_doubled(
    app: &App,
    access: &Webhooks,
    firm_id: FirmId,
    hook: &Hook,
) -> Result<(), Error> {
    let Some(known) = hook
        .procore_id
        .as_deref()
        .filter(|_| hook.pending.is_none())
    else {
        return Ok(()); // the run was to find one first
    };
    let listed = access.hooks(&app.config.webhook_namespace).await?;
    if !listed.iter().any(|it| it.id == known) {
        return Ok(());
    }
    let public = &app.config.public_url;
    for doubled in listed.iter().filter(|it| {
        let is_ours = webhooks::leads_to(&it.destination_url, public);
        is_ours && it.id != known && !webhooks::is_of_another(it, firm_id)
    }) {
        match access.delete_hook(&doubled.id).await {
            Ok(()) | Err(Error::NotVisible(_)) => {
                tracing::info!(firm.id = %firm_id, "Removed a webhook that Procore created late");
            }
            Err(error) => return Err(error),
        }
    }
    let listed = access.triggers(known).await?;
    let present: Vec<Trigger> = listed
        .iter()
        .map(|trigger| Trigger::new(&trigger.resource, trigger.event.as_str()))
        .collect();
    let (_, surplus) = triggers::difference(&present, &hook.triggers);
    let ids: Vec<String> = surplus.iter().map(|at| listed[*at].id.clone()).collect();
    access.delete_triggers_bulk(known, &ids).await?;
    Ok(())
}
