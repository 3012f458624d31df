//! *Repair*: our webhook is set up again as it was.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::Error;
use super::retry_run::{self, RunStanding};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Connection;
use crate::identity::{Actor, OnboardingId, RunId, Verb};
use crate::ledger::{RunKind, RunState, plan};
use crate::onboarding::Onboarding;
use crate::store::runs::{self, Run};
use crate::store::{StoreError, activities, onboardings};
use crate::verdict::ReasonCode;
use crate::{engine, work};

/// Begins to repair the webhook of a connection, or lets a repair that waits go on now.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    let connection = stored.connection.as_ref().filter(|it| it.is_active());
    let connection = connection.ok_or(Error::Stale)?;
    begin(&mut tx, app, actor, &stored.onboarding, connection).await?;
    Ok(tx.commit().await?)
}

/// The same in the caller's transaction, for an onboarding that it locked. Returns the run.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding: &Onboarding,
    connection: &Connection,
) -> Result<RunId, Error> {
    let (kind, of) = (RunKind::Repair, (connection.firm_id, connection.id));
    let open = runs::find_open_for_update(conn, of.0, of.1, kind).await?;
    if let Some(open) = open {
        let standing = RunStanding::WaitsOrNeedsPerson;
        retry_run::retry(conn, app, actor, onboarding, kind, standing).await?;
        return Ok(open.id);
    }
    let now = app.clock.now();
    let run = Run::of_company(app.clock.new_id(), kind, of, actor.name(), now);
    engine::begin(conn, &run, &plan::REPAIR, now).await?;
    let activity = app.activity(actor, ActivityVerb::WebhookRepairAsked);
    activities::record(conn, &activity).await?;
    Ok(run.id)
}

/// What a repair does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepairStanding {
    Running,
    /// It could not go on, for this reason.
    GoesOnAt(DateTime<Utc>, Option<ReasonCode>),
}

/// How the repair of a connection stands, if one is open.
pub(crate) async fn standing(
    conn: &mut PgConnection,
    connection: &Connection,
    now: DateTime<Utc>,
) -> Result<Option<RepairStanding>, StoreError> {
    let (firm, id, kind) = (connection.firm_id, connection.id, RunKind::Repair);
    let Some(open) = runs::find_open(conn, firm, id, kind).await? else {
        return Ok(None);
    };
    let due_at = work::due_at(conn, engine::task(firm, open.id)).await?;
    // Read again: what was due may have been done since.
    let open = runs::find_open(conn, firm, id, kind).await?;
    Ok(open.map(|run| match due_at.filter(|at| *at > now) {
        Some(at) if run.state != RunState::Running => RepairStanding::GoesOnAt(at, run.code),
        Some(_) | None => RepairStanding::Running,
    }))
}

/// Begins to set the webhook up by an app that just took another one's place. A repair that is open is
/// ended: its worker may still have the other app's access.
pub(super) async fn begin_over(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding: &Onboarding,
    connection: &Connection,
) -> Result<RunId, Error> {
    let (firm, id, kind) = (connection.firm_id, connection.id, RunKind::Repair);
    if let Some(open) = runs::find_open_for_update(conn, firm, id, kind).await? {
        runs::abandon(conn, &open, app.clock.now()).await?;
    }
    begin(conn, app, actor, onboarding, connection).await
}
