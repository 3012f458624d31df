//! The scheduled look at the projects of a company: which tools each uses and our level on each, with
//! one call for each project.
//!
//! What somebody asked for comes first, then what is integrated, then the newest; every project is
//! looked at again after a week. Where nobody waits, the calls are a share of the hour's. Once a day comes
//! what is not shared with us.

use anyhow::Context as _;
use chrono::{DateTime, TimeDelta, Utc};
use sqlx::PgConnection;

use super::connections::{AFTER_OUTAGE, find_active};
use super::unshared::{self, Due};
use crate::app::App;
use crate::catalog::{Choice, DataSet};
use crate::connection::probe::EVERY;
use crate::connection::{Connection, ProjectAway};
use crate::identity::{ConnectionId, FirmId};
use crate::ledger::RunKind;
use crate::procore::{CompanyApi, Error, Urgency};
use crate::reconcile;
use crate::store::project_runs::{self, FoundTools};
use crate::store::projects::{self, DueProject, look_task};
use crate::store::{StoreError, credentials, incidents, runs};
use crate::verdict::{Cause, Obstacle, ProjectTool, Refusal, obstacles};
use crate::work::{self, Lease};

pub(crate) use crate::store::projects::LOOKS as KIND;

/// Projects looked at in one piece of work, so that other firms come in between.
const AT_ONCE: i64 = 20;

/// How soon after the setup the first projects are looked at.
const AFTER_SETUP: TimeDelta = TimeDelta::minutes(1);

/// The same for a new project that waits to be integrated by itself.
const AWAITED_AGAIN: TimeDelta = TimeDelta::days(1);
/// When an integrated project is looked at again that could not be read.
const AWAY_AGAIN: TimeDelta = TimeDelta::days(1);

/// How long what was found is good.
pub(crate) const AGAIN: TimeDelta = TimeDelta::weeks(1);

/// Begins to look at the projects of a connection that was just set up.
pub(super) async fn begin(
    conn: &mut PgConnection,
    firm_id: FirmId,
    connection: ConnectionId,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    work::put(conn, look_task(firm_id, connection), now + AFTER_SETUP).await
}

/// Has projects looked at now, before all others; returns how many of them there are.
pub(crate) async fn look_now(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    ids: &[i64],
    now: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let asked = projects::ask_for_look(conn, of, ids, now).await?;
    work::put(conn, look_task(of.0, of.1), now).await?;
    Ok(asked)
}

/// Looks at the projects of a connection that are due, and plans the next look. A connection that is not
/// connected, or paused, is not looked at.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a look at no firm's projects")?;
    let of = (firm_id, ConnectionId(lease.key));
    let mut conn = app.db.acquire().await?;
    let Some(connection) = find_active(&mut conn, firm_id, of.1).await? else {
        return Ok(());
    };
    let Some(access) = credentials::find_access(&mut conn, &connection).await? else {
        return Ok(());
    };
    let open = incidents::list_open(&mut conn, firm_id, of.1).await?;
    if open.iter().any(|incident| incident.code.stops_everything()) {
        // Every project would be refused, and that says nothing about it. The end asks for this again.
        return Ok(());
    }
    let now = app.clock.now();
    let mut due = projects::list_due(&mut conn, of, now, AT_ONCE).await?;
    let gives_way = is_reconciled(&mut conn, of, now).await?;
    let unshared = unshared::due(&mut conn, of, now).await?;
    drop(conn);
    if gives_way {
        // They share the hour's calls, and to keep what was brought right comes first.
        due.retain(|project| project.asked);
    }
    let asks = match unshared {
        Due::No => None,
        Due::InTurn => (!gives_way).then_some(Urgency::Upkeep),
        Due::Asked => Some(Urgency::Waiting),
    };
    if gives_way && due.is_empty() && asks.is_none() {
        let mut conn = app.db.acquire_for_write().await?;
        work::put(&mut conn, look_task(of.0, of.1), now + EVERY).await?;
        return Ok(conn.finish().await?);
    }
    let access = app.access(&connection, &access)?;
    if let Some(urgency) = asks {
        let api = app.procore.company(access.clone(), urgency);
        unshared::look(app, &api, &connection).await?;
    }
    for project in due {
        let urgency = match project.asked {
            true => Urgency::Waiting,
            false => Urgency::Upkeep,
        };
        let api = app.procore.company(access.clone(), urgency);
        if let Some(later) = look_at(app, &api, &connection, &project).await? {
            let mut conn = app.db.acquire_for_write().await?;
            work::put(&mut conn, look_task(of.0, of.1), later).await?;
            return Ok(conn.finish().await?);
        }
    }
    let mut conn = app.db.acquire_for_write().await?;
    plan_next(&mut conn, of, app.clock.now()).await?;
    Ok(conn.finish().await?)
}

/// Whether a reconcile is going on, or is due.
async fn is_reconciled(
    conn: &mut PgConnection,
    (firm, connection): (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<bool, StoreError> {
    let open = runs::find_open(conn, firm, connection, RunKind::Reconcile).await?;
    Ok(open.is_some() || work::is_wanted(conn, reconcile::task(firm, connection), now).await?)
}

/// Plans the look at the projects of a connection, if there is one to come: at once where projects came
/// to be known.
pub(crate) async fn plan_next(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    if let Some(due) = projects::next_due(conn, of).await? {
        work::put(conn, look_task(of.0, of.1), due.max(now)).await?;
    }
    Ok(())
}

/// Looks at one project and keeps what was found. Where Procore does not answer, nothing is known, and
/// the time to go on is returned.
async fn look_at(
    app: &App,
    api: &CompanyApi,
    connection: &Connection,
    project: &DueProject,
) -> anyhow::Result<Option<DateTime<Utc>>> {
    let of = (connection.firm_id, connection.id);
    let tools = match tools(app, api, of, project.project_id).await? {
        Ok(tools) => Some(tools),
        Err(Error::NotVisible(_) | Error::NotPermitted(_)) => None,
        Err(error) => return unanswered(app, of, project, error).await,
    };
    let is_doubtful = tools.is_none() || project.is_hidden;
    let away = match project.settings.is_some() && is_doubtful {
        true => away(api, project.project_id, tools.is_some()).await,
        false => Ok(None),
    };
    let away = match away {
        Ok(away) => away,
        Err(error) => return unanswered(app, of, project, error).await,
    };
    let mut conn = app.db.acquire_for_write().await?;
    let defaults = project_runs::find_defaults(&mut conn, of).await?;
    let all = DataSet::OF_PROJECT.map(Choice::of);
    let wanted = project.settings.as_ref().or(defaults.as_ref());
    let wanted = wanted.map(|settings| settings.choices());
    let obstacles = match &tools {
        Some(tools) => obstacles(tools, wanted.unwrap_or(&all)),
        None => vec![Obstacle::hidden()],
    };
    let now = app.clock.now();
    let again = match away {
        Some(_) => AWAY_AGAIN,
        None => AGAIN,
    };
    let found = FoundTools {
        tools: tools.as_deref(),
        obstacles: &obstacles,
        at: now,
        away,
        next: match project.is_awaited && !obstacles.is_empty() {
            true => now + AWAITED_AGAIN,
            false => now + again,
        },
        requests: project.requests,
    };
    project_runs::keep_tools(&mut conn, of, project.project_id, &found).await?;
    if project.is_awaited {
        work::put(&mut conn, project_runs::queue_task(of.0, of.1), now).await?;
    }
    if project.was_away && tools.is_some() && away.is_none() {
        // It is there again. Where our copy does not say so yet, its list comes first.
        match project.is_hidden {
            true => work::put(&mut conn, reconcile::task(of.0, of.1), now).await?,
            false => work::put(&mut conn, project_runs::queue_task(of.0, of.1), now).await?,
        }
    }
    conn.finish().await?;
    Ok(None)
}

/// Nothing was found out about a project; returns the time to go on, where nobody else is answered either.
async fn unanswered(
    app: &App,
    of: (FirmId, ConnectionId),
    project: &DueProject,
    error: Error,
) -> anyhow::Result<Option<DateTime<Utc>>> {
    let Some(answer) = error.meaning() else {
        return Err(error.into());
    };
    let now = app.clock.now();
    let cause = Refusal::COMPANY.cause(&answer);
    if let Some(until) = cause.and_then(|cause| cause.until) {
        return Ok(Some(until.max(now)));
    }
    // The others go first then: it may be this project alone.
    let mut conn = app.db.acquire_for_write().await?;
    projects::put_off_look(&mut conn, of, project, now + EVERY).await?;
    conn.finish().await?;
    let is_away = cause.is_some_and(Cause::is_wait);
    Ok(is_away.then(|| now + AFTER_OUTAGE))
}

/// Why an integrated project cannot be read; `None` where it can. No answer says nothing about it.
async fn away(
    api: &CompanyApi,
    project: i64,
    has_tools: bool,
) -> Result<Option<ProjectAway>, Error> {
    match api.is_project_active(project).await {
        Ok(false) => Ok(Some(ProjectAway::Inactive)),
        Err(Error::NotVisible(_)) => Ok(Some(ProjectAway::Hidden)),
        Err(
            error @ (Error::Unavailable { .. } | Error::Busy { .. } | Error::RateLimited { .. }),
        ) => Err(error),
        // Whether its tools can be read is known already.
        Ok(true) | Err(_) => Ok((!has_tools).then_some(ProjectAway::Refused)),
    }
}

/// The tools of a project, from one list; where Procore refuses that, from two, and from then on at once.
pub(crate) async fn tools(
    app: &App,
    api: &CompanyApi,
    of: (FirmId, ConnectionId),
    project: i64,
) -> anyhow::Result<Result<Vec<ProjectTool>, Error>> {
    let mut conn = app.db.acquire().await?;
    let refused = projects::is_list_refused(&mut conn, of).await?;
    drop(conn);
    if !refused {
        match api.project_tools(project).await {
            Err(Error::NotVisible(_) | Error::NotPermitted(_)) => {}
            other => return Ok(other),
        }
    }
    let tools = api.project_tools_and_levels(project).await;
    if !refused && tools.is_ok() {
        let mut conn = app.db.acquire_for_write().await?;
        projects::note_list_refused(&mut conn, of).await?;
        conn.finish().await?;
    }
    Ok(tools)
}
