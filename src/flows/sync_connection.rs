//! *Sync now*: what changed in Procore is read at once.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, Health};
use crate::identity::{Actor, OnboardingId, Verb};
use crate::ledger::{RunKind, RunState};
use crate::store::{StoreError, activities, incidents, onboardings, runs};
use crate::{engine, reconcile, work};

/// Begins to read what changed. Asked again while that is being done, it does nothing.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::SyncNow)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let connection = stored.ok_or(Error::Missing)?.connection;
    let connection = connection.ok_or(Error::Stale)?;
    let health = health(&mut tx, &connection).await?;
    if !health.is_some_and(Health::can_sync) {
        return Err(Error::Stale);
    }
    if begin(&mut tx, app, &connection).await? {
        let activity = app.activity(actor, ActivityVerb::SyncAsked);
        activities::record(&mut tx, &activity).await?;
    }
    Ok(tx.commit().await?)
}

/// How the connection is.
pub(super) async fn health(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<Option<Health>, StoreError> {
    let open = incidents::list_open(conn, connection.firm_id, connection.id).await?;
    let codes: Vec<_> = open.iter().map(|it| it.code).collect();
    Ok(Health::of(connection, &codes))
}

/// Whether Procore may be asked, and lets us in as far as we know.
pub(super) async fn can_ask(
    conn: &mut PgConnection,
    connection: &Connection,
) -> Result<bool, StoreError> {
    let health = health(conn, connection).await?;
    Ok(connection.is_active() && health != Some(Health::Broken))
}

/// Lets what changed be read now, in the caller's transaction; returns whether it was not being read.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
) -> Result<bool, StoreError> {
    let now = app.clock.now();
    let is_new = standing(conn, connection, now).await? == SyncStanding::Idle;
    if is_new {
        let task = reconcile::task(connection.firm_id, connection.id);
        work::put(conn, task, now).await?;
    }
    Ok(is_new)
}

/// What reading does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SyncStanding {
    Idle,
    Running,
    /// Procore asked for patience, or this hour's share of calls is used up.
    GoesOnAt(DateTime<Utc>),
}

pub(crate) async fn standing(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<SyncStanding, StoreError> {
    let (firm, id) = (connection.firm_id, connection.id);
    // Read before the run that this work begins.
    let is_wanted = work::is_wanted(conn, reconcile::task(firm, id), now).await?;
    let Some(run) = runs::find_open(conn, firm, id, RunKind::Reconcile).await? else {
        return Ok(match is_wanted {
            true => SyncStanding::Running,
            false => SyncStanding::Idle,
        });
    };
    let due = match run.state {
        RunState::Waiting => work::due_at(conn, engine::task(firm, run.id)).await?,
        RunState::Running | RunState::NeedsPerson | RunState::Done | RunState::Abandoned => None,
    };
    let due = due.filter(|at| *at > now);
    Ok(due.map_or(SyncStanding::Running, SyncStanding::GoesOnAt))
}
