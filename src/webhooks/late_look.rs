//! Looks for what Procore carried out after we had given up waiting for its answer.
//!
//! A creation without an answer is repeated once the lists show that nothing came of it. Procore may
//! carry out the first one all the same, later than the run looks for the last time. Some minutes
//! after such a run came to rest, in any state, one more look removes what is doubled.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::app::App;
use crate::connection::{ConnectionState, Trigger, triggers};
use crate::engine::{Halt, RunContext, RunLease};
use crate::identity::{ConnectionId, FirmId, RunId};
use crate::ledger::RunState;
use crate::procore::{Error, Hook, Urgency, Webhooks};
use crate::store::StoreError;
use crate::store::runs::{self, Run};
use crate::store::{connections, credentials, hooks};
use crate::webhooks::{self, LATE};
use crate::work::{self, Lease};

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "late_look";

/// When to look again after Procore refused to remove something, or while nothing may be asked: what is doubled
/// does little harm.
const AFTER_REFUSAL: TimeDelta = TimeDelta::days(1);

/// What the look goes by. It removes nothing once any of this has changed.
#[derive(Debug, PartialEq)]
struct Picture {
    run: RunId,
    state: RunState,
    /// Our hook; there is none while a run is to find or tell it first.
    hook: Option<String>,
    /// The one whose place it takes.
    replaced: Vec<String>,
    triggers: Vec<Trigger>,
}

/// Why a look ended before all was removed.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("something changed meanwhile")]
    Changed,
    #[error("Procore refused to remove triggers: {0}")]
    TriggersRefused(String),
    #[error(transparent)]
    Procore(#[from] Error),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("no database connection is available")]
    Pool(#[from] sqlx::Error),
}

/// Plans the look where a creation got no answer. One that is planned is put off: each creation has
/// its own time.
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
    work::put_off(&mut write.tx, task, lease.now() + LATE).await?;
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
    let Some(connection) = connections::find(&mut conn, firm_id, connection_id).await? else {
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
    credentials::end_outdated_proof(&mut conn, &connection, now).await?;
    let access = credentials::find_access(&mut conn, &connection).await?;
    let Some(access) = access.filter(|_| connection.pause.is_none()) else {
        // It stays due until the company may be called into again, or the connection ends.
        work::put(&mut conn, task, now + AFTER_REFUSAL).await?;
        return Ok(conn.finish().await?);
    };
    conn.finish().await?;
    let access = app.access(&connection, &access)?;
    let webhooks = app.procore.company(access, Urgency::Background).webhooks();
    let again = match remove_doubled(app, &webhooks, firm_id, connection_id).await {
        Ok(()) => return Ok(()),
        Err(error @ (Ended::Procore(Error::Ours { .. }) | Ended::Store(_) | Ended::Pool(_))) => {
            return Err(error.into());
        }
        Err(Ended::Changed | Ended::Procore(Error::Unavailable { .. })) => now + LATE,
        Err(refused) => {
            let until = match &refused {
                Ended::Procore(error) => error.until(),
                _ => None,
            };
            tracing::warn!(firm.id = %firm_id, "A late look has to be repeated: {refused}");
            until.unwrap_or(now + AFTER_REFUSAL)
        }
    };
    let mut conn = app.db.acquire_for_write().await?;
    work::put(&mut conn, task, again).await?;
    Ok(conn.finish().await?)
}

impl Picture {
    async fn read(
        conn: &mut PgConnection,
        firm_id: FirmId,
        connection_id: ConnectionId,
    ) -> Result<Option<Self>, StoreError> {
        let run = runs::find_newest(conn, firm_id, connection_id).await?;
        let mut hooks = hooks::list_of_company(conn, firm_id, connection_id)
            .await?
            .into_iter();
        let hook = hooks.next();
        let replaced = hooks.filter_map(|hook| hook.procore_id).collect();
        Ok(run.zip(hook).map(|(run, hook)| Self {
            run: run.id,
            state: run.state,
            hook: hook.procore_id.filter(|_| hook.pending.is_none()),
            triggers: hook.triggers,
            replaced,
        }))
    }
}

/// When to look, if that is not now.
fn not_before(run: &Run, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let rested_at = match run.state {
        RunState::Running | RunState::Waiting => now,
        RunState::NeedsPerson => return None,
        RunState::Done | RunState::Abandoned => run.finished_at?,
    };
    Some(rested_at + LATE).filter(|later| *later > now)
}

/// Removes every hook of the firm but those we know, and every trigger of it that is there twice.
///
/// Before each removal it makes sure that what it goes by still holds: a run may have begun, and what
/// looked doubled may be what that run just made.
async fn remove_doubled(
    app: &App,
    access: &Webhooks,
    firm_id: FirmId,
    connection_id: ConnectionId,
) -> Result<(), Ended> {
    let read = async || -> Result<Option<Picture>, Ended> {
        let mut conn = app.db.acquire().await?;
        Ok(Picture::read(&mut conn, firm_id, connection_id).await?)
    };
    let Some(seen) = read().await? else {
        return Ok(());
    };
    let still = async || match read().await?.as_ref() == Some(&seen) {
        true => Ok(()),
        false => Err(Ended::Changed),
    };
    let Some(known) = seen.hook.as_deref() else {
        return Ok(()); // the run was to find one first
    };
    let listed = access.hooks(&app.config.webhook_namespace).await?;
    if !listed.iter().any(|it| it.id == known) {
        return Ok(());
    }
    let mut conn = app.db.acquire().await?;
    let others = webhooks::of_others(&mut conn, connection_id, &listed).await?;
    drop(conn);
    let public = &app.config.public_url;
    let is_ours = |it: &Hook| {
        webhooks::leads_to(&it.destination_url, public)
            && webhooks::is_of(it, firm_id)
            && !others.contains(&it.id)
    };
    let is_known = |it: &Hook| it.id == known || seen.replaced.contains(&it.id);
    for doubled in listed.iter().filter(|it| !is_known(it) && is_ours(it)) {
        still().await?;
        match access.delete_hook(&doubled.id).await {
            Ok(()) | Err(Error::NotVisible(_)) => {
                tracing::info!(firm.id = %firm_id, "Removed a webhook that Procore created late");
            }
            Err(error) => return Err(error.into()),
        }
    }
    let listed = access.triggers(known).await?;
    let present: Vec<Trigger> = listed
        .iter()
        .map(|trigger| Trigger::new(&trigger.resource, trigger.event.as_str()))
        .collect();
    let surplus = triggers::doubled(&present);
    if surplus.is_empty() {
        return Ok(());
    }
    still().await?;
    let ids: Vec<String> = surplus.iter().map(|at| listed[*at].id.clone()).collect();
    let deleted = access.delete_triggers_bulk(known, &ids).await?;
    match deleted.refused.is_empty() {
        true => Ok(()),
        false => Err(Ended::TriggersRefused(deleted.refused.join(", "))),
    }
}
