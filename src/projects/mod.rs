//! Brings what was chosen of single projects: each is a run of its own, with a webhook and lists of its own.
//!
//! A firm may ask for thousands at once. What it asked for last is begun first, a few projects at a time,
//! so nothing that is small waits for what is large.

mod drop_unchosen;
mod finish;
mod given_up;
mod new_projects;
mod readiness;
mod reconcile;
mod remove;
mod returned;

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Connection;
use crate::engine::{self, ActionResult, Halt, Plan, RunContext, RunLease};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::ledger::plan::PROJECTS_AT_A_TIME;
use crate::ledger::{Action, RunKind, plan};
use crate::reading::{self, catch_up};
use crate::store::actions::Entry;
use crate::store::runs::{self, Run};
use crate::store::{StoreError, hooks, onboardings, project_runs};
use crate::verdict::ReasonCode;
use crate::watch::connections;
use crate::webhooks::{hook, last_look, triggers};
use crate::work::{self, Lease};

pub(crate) use reconcile::{ProjectReconcile, handle as reconcile_due};
pub(crate) use remove::ProjectRemoval;

pub(crate) use crate::store::project_runs::{QUEUE as KIND, RECONCILES, queue_task as task};

/// When the queue is looked at again, if nothing tells that a project has ended.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(5);
/// When a project is tried again that waits for somebody: they may have fixed it in Procore.
const TRY_AGAIN: TimeDelta = TimeDelta::days(1);

/// Begins as many projects as there is room for. Every end of one asks for this again.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm = lease.firm_id.context("projects of no firm")?;
    let of = (firm, ConnectionId(lease.key));
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let connection = lock(&mut tx, of).await?;
    // Put again by the end of a pause.
    if !connection.is_some_and(|it| it.is_active()) {
        return Ok(());
    }
    new_projects::queue_ready(&mut tx, app, of, now).await?;
    let load = project_runs::load(&mut tx, of).await?;
    announce_followed(&mut tx, app, of, now).await?;
    let mut room = match load.is_stopped {
        true => 0,
        false => (PROJECTS_AT_A_TIME as i64 - load.active).max(0),
    };
    // What was asked for comes before what catches up by itself.
    if load.is_queued && room > 0 {
        for (project, settings) in project_runs::take_queued(&mut tx, of, room).await? {
            let (id, by) = (app.clock.new_id(), Actor::system_for(firm));
            let of_project = (project, &settings);
            let run = Run::of_project(id, RunKind::Project, of, of_project, by.name(), now);
            engine::begin(&mut tx, &run, &plan::project(&settings), now).await?;
            room -= 1;
        }
    }
    let is_any_returned = returned::begin(&mut tx, app, of, room, now).await?;
    if load.is_queued || is_any_returned {
        work::put(&mut tx, task(of.0, of.1), now + LOOK_AGAIN).await?;
    }
    Ok(tx.commit().await?)
}

/// A connection as it is, locked like by every flow that changes what is brought of its projects: no run begins
/// beside one that ends them.
async fn lock(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
) -> Result<Option<Connection>, StoreError> {
    let Some(onboarding) = onboardings::find_id_of_connection(conn, of.0, of.1).await? else {
        return Ok(None);
    };
    let stored = onboardings::find_for_update(conn, of.0, onboarding).await?;
    let connection = stored.and_then(|it| it.connection);
    Ok(connection.filter(|it| it.id == of.1))
}

/// Has the company's webhook announce what projects follow, if it does not yet: Procore tells of a changed
/// person or company there alone.
async fn announce_followed(
    conn: &mut PgConnection,
    app: &App,
    of: (FirmId, ConnectionId),
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(hook) = hooks::find_of_company(conn, of.0, of.1).await? else {
        return Ok(());
    };
    let is_announced = |name: &str| {
        let mut triggers = hook.triggers.iter();
        let is_missing = hook.missing.iter().any(|it| it == name);
        is_missing || triggers.any(|it| it.resource.eq_ignore_ascii_case(name))
    };
    let is_unannounced = |company_set: DataSet| {
        let mut resources = company_set.entry().main_read().announced_as.iter();
        resources.any(|name| !is_announced(name))
    };
    let followers = DataSet::OF_PROJECT.into_iter();
    let followers = followers.filter(|set| set.entry().follows.is_some_and(is_unannounced));
    let followers: Vec<DataSet> = followers.collect();
    if followers.is_empty() || !project_runs::is_any_chosen(conn, of, &followers).await? {
        return Ok(());
    }
    let kind = RunKind::Repair;
    if runs::find_open(conn, of.0, of.1, kind).await?.is_some() {
        return Ok(());
    }
    let by = Actor::system_for(of.0);
    let run = Run::of_company(app.clock.new_id(), kind, of, by.name(), now);
    engine::begin(conn, &run, &plan::REPAIR, now).await
}

/// The plan of bringing a project.
pub(crate) struct ProjectIntegration;

#[async_trait]
impl Plan for ProjectIntegration {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::Readiness => readiness::act(lease, context, ledger).await?,
            Action::Hook => hook::act(lease, context).await?,
            Action::Triggers => triggers::act(lease, context).await?,
            Action::Sync(set) => reading::data_set(lease, context, entry, set).await?,
            Action::CatchUp => catch_up::act(lease, context, ledger, entry).await?,
            Action::LastLook => last_look::act(lease, context).await?,
            Action::DropRecords => drop_unchosen::act(lease, context).await?,
            Action::Finish => return finish::act(lease, context, ledger, entry).await,
            other @ (Action::Reverify
            | Action::Lookups(_)
            | Action::ProjectIds
            | Action::Switch
            | Action::RemoveHooks
            | Action::Release) => return Err(Halt::not_of_plan(other)),
        };
        Ok(ActionResult::Done(outcome))
    }

    fn tries_again_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + TRY_AGAIN)
    }

    /// The page of projects and support's queue say it; nobody is written to about each of them.
    async fn report_needs_person(
        &self,
        lease: &RunLease<'_>,
        conn: &mut PgConnection,
        entry: &Entry,
        code: ReasonCode,
    ) -> Result<(), Halt> {
        report_once(lease, conn, entry, code).await
    }
}

/// Notes in the timeline what a project waits for, once for each cause, and lets the next one begin.
async fn report_once(
    lease: &RunLease<'_>,
    conn: &mut PgConnection,
    entry: &Entry,
    code: ReasonCode,
) -> Result<(), Halt> {
    let (firm_id, run_id) = (lease.held.firm_id, lease.held.run_id);
    let Some(run) = runs::find(conn, firm_id, run_id).await? else {
        return Ok(());
    };
    let is_new = run.told_code != Some(code);
    if is_new && code.stops_everything() {
        // It may have been so for a moment only, which no look saw: one that finds nothing lets it go on. The
        // look locks what it writes in this order, too.
        connections::look_now(conn, firm_id, run.connection_id, lease.now()).await?;
    }
    work::put(conn, task(firm_id, run.connection_id), lease.now()).await?;
    if !is_new {
        return Ok(()); // said when it was met first
    }
    runs::set_told(conn, &lease.held, Some(code)).await?;
    let facts = json!({ "action": entry.action.key(), "cause": code });
    record(conn, lease, &run, ActivityVerb::ProjectNeedsPerson, facts).await
}

/// Writes a line of the timeline about the run's project.
async fn record(
    conn: &mut PgConnection,
    lease: &RunLease<'_>,
    run: &Run,
    verb: ActivityVerb,
    mut facts: serde_json::Value,
) -> Result<(), Halt> {
    let of = (run.firm_id, run.connection_id);
    let id = run.project_id.unwrap_or_default();
    let project = project_runs::find(conn, of, id).await?;
    let title = project.map(|project| project.title());
    facts["project"] = json!(id);
    lease
        .record_activity(conn, verb, title.as_deref(), facts)
        .await
}
