//! Keeps integrated projects right without events, in turn: each is a run of its own, a few at a time, within the
//! share of the hour's calls that is left for it.
//!
//! A webhook that somebody changed in Procore is set up again at once, and everything is read then: a firm with
//! hundreds of projects cannot press a button for each.

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{given_up, record};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::Settings;
use crate::connection::incident::HookDrift;
use crate::engine::{self, ActionOutcome, ActionResult, Failure, Halt, Plan, RunContext, RunLease};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::ledger::{Action, ActionState, RunKind, plan};
use crate::reading::{self, again};
use crate::reconcile::{self, schedule};
use crate::store::actions::{self, Entry};
use crate::store::list_readings::{self, ListsOf};
use crate::store::runs::{self, Run};
use crate::store::{StoreError, incidents, project_runs, projects};
use crate::verdict::ReasonCode;
use crate::webhooks::{hook, triggers};
use crate::work::{self, Lease};

/// Projects of a connection that are reconciled at a time.
const AT_A_TIME: i64 = 2;
/// What was reconciled so recently waits.
const RECENTLY: TimeDelta = TimeDelta::hours(20);
/// What was read so recently waits, though events were lost.
const LOST_RECENTLY: TimeDelta = TimeDelta::minutes(10);
/// How long one that waits for Procore keeps its place.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// When it is looked at again whose turn has come.
const LOOK_AGAIN: TimeDelta = TimeDelta::minutes(30);
/// When a run goes on that only a person could help.
const AFTER_REFUSAL: TimeDelta = TimeDelta::days(1);

/// Begins to reconcile the projects whose turn has come. Every end of one asks for this again.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm = lease.firm_id.context("projects of no firm")?;
    let of = (firm, ConnectionId(lease.key));
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let connection = super::lock(&mut tx, of).await?;
    if !connection.is_some_and(|it| it.is_active()) {
        return Ok(()); // the next reconcile of the company puts it again
    }
    let open = incidents::list_open(&mut tx, of.0, of.1).await?;
    if open.iter().any(|incident| incident.code.stops_everything()) {
        return Ok(()); // its end puts it again
    }
    let open = project_runs::count_reconciles(&mut tx, of, now - PATIENCE).await?;
    let room = (AT_A_TIME - open).max(0);
    let before = (now - RECENTLY, now - LOST_RECENTLY);
    let due = project_runs::list_to_reconcile(&mut tx, of, before, room).await?;
    for (project, settings, is_lost) in due {
        let lists = ListsOf {
            firm,
            connection: of.1,
            project,
        };
        let known = list_readings::list_of(&mut tx, lists).await?;
        let elsewhere = read_again(&mut tx, of, project).await?;
        let choices = schedule::without(&settings, &elsewhere);
        let whole = schedule::whole(&choices, &known, is_lost, now);
        begin(&mut tx, app, of, (project, &settings), &whole, now).await?;
    }
    if projects::count(&mut tx, of).await?.integrated() > 0 {
        // Each has a time of its own: a day after it was read.
        work::put(&mut tx, project_runs::reconcile_task(of), now + LOOK_AGAIN).await?;
    }
    Ok(tx.commit().await?)
}

/// What another run reads of a project until it comes whole.
async fn read_again(
    conn: &mut PgConnection,
    of: (FirmId, ConnectionId),
    project: i64,
) -> Result<Vec<DataSet>, StoreError> {
    let run = project_runs::find_open_run(conn, of, project, RunKind::Reading).await?;
    let Some(run) = run else {
        return Ok(Vec::new());
    };
    Ok(sets_of(&actions::list(conn, of.0, run).await?))
}

fn sets_of(ledger: &[Entry]) -> Vec<DataSet> {
    let sets = ledger.iter().filter_map(|it| it.action.data_set());
    sets.collect()
}

async fn begin(
    conn: &mut PgConnection,
    app: &App,
    of: (FirmId, ConnectionId),
    (project, settings): (i64, &Settings),
    whole: &[DataSet],
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let kind = RunKind::ProjectReconcile;
    runs::forget_ended(conn, of.0, of.1, kind, Some(project)).await?;
    let (id, by) = (app.clock.new_id(), Actor::system_for(of.0));
    let run = Run::of_project(id, kind, of, (project, settings), by.name(), now);
    engine::begin(conn, &run, &plan::project_reconcile(settings, whole), now).await
}

/// The plan of reconciling a project.
pub(crate) struct ProjectReconcile;

#[async_trait]
impl Plan for ProjectReconcile {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::LastLook => webhook(lease, context).await,
            Action::CatchUp => reconcile::catch_up(lease, context, entry).await,
            Action::Sync(set) => reading::data_set(lease, context, entry, set).await,
            Action::Finish => {
                finish(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::Reverify
            | Action::Hook
            | Action::Triggers
            | Action::Lookups(_)
            | Action::ProjectIds
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
            | Action::Release) => Err(Halt::not_of_plan(other)),
        };
        match outcome {
            Err(Halt::Failed(failure)) if reconcile::gives_up(&failure, entry.attempts) => {
                reconcile::give_up(lease, context, entry, failure.code)
                    .await
                    .map(ActionResult::Done)
            }
            outcome => outcome.map(ActionResult::Done),
        }
    }

    /// It needs nobody: what is wrong with the project is told by its health.
    fn goes_on_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + AFTER_REFUSAL)
    }
}

/// Looks whether the webhook is as we left it. Where it is not, it is set up again, and everything is read, since
/// changes may not have been announced.
async fn webhook(lease: &mut RunLease<'_>, context: &RunContext) -> Result<ActionOutcome, Halt> {
    let hook = hook::ensure(lease, context).await?;
    let drift_of_hook = match (&hook.how, hook.removed) {
        (hook::How::Kept, 0) => None,
        (hook::How::Kept, _) => Some(HookDrift::Doubled),
        (hook::How::Adopted, _) => Some(HookDrift::Disabled),
        (hook::How::Created, _) => Some(HookDrift::Removed),
    };
    // Noted before anything else is asked: the next attempt finds a hook that is as it should be.
    if let Some(drift) = &drift_of_hook {
        repaired(lease, context, drift).await?;
    }
    let triggers = triggers::ensure(lease, context, hook.id, &hook.procore_id).await?;
    let Some(triggers) = triggers else {
        // Listed just now and gone.
        return Err(Failure::wait(ReasonCode::Unexpected).into());
    };
    let drift_of_triggers = triggers.is_changed().then_some(HookDrift::Triggers);
    let drift = match (drift_of_hook, drift_of_triggers) {
        (None, Some(drift)) => {
            repaired(lease, context, &drift).await?;
            Some(drift)
        }
        (of_hook, _) => of_hook,
    };
    let given_up = match drift_of_hook {
        // One that was set up again has no history, and everything is read then.
        Some(HookDrift::Removed) => 0,
        Some(_) | None => given_up::find(lease, context, &hook.procore_id).await?,
    };
    let drift: Vec<HookDrift> = drift.into_iter().collect();
    Ok(ActionOutcome::done(
        json!({ "drift": drift, "foreign": hook.foreign, "given_up": given_up }),
    ))
}

/// Tells that a webhook was set up again, and has the project catch up with what it may not have announced.
async fn repaired(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    drift: &HookDrift,
) -> Result<(), Halt> {
    let of = (context.run.firm_id, context.connection.id);
    let mut write = lease.begin("webhook of project set up again").await?;
    let tx = &mut write.tx;
    let facts = json!({ "drift": [drift] });
    record(
        tx,
        lease,
        &context.run,
        ActivityVerb::WebhookRepaired,
        facts,
    )
    .await?;
    if *drift != HookDrift::Doubled {
        project_runs::catch_up_one(tx, of, context.project_id()).await?;
        work::put(tx, super::task(of.0, of.1), lease.now()).await?;
    }
    lease.commit(write).await
}

/// Keeps what was found and ends the run; the next project has its turn.
async fn finish(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    ledger: &[Entry],
    entry: &Entry,
) -> Result<(), Halt> {
    let of = (context.run.firm_id, context.connection.id);
    let mut partial = ledger.iter().filter(|it| it.state == ActionState::Partial);
    let trouble = partial.find_map(|it| it.code);
    let now = lease.now();
    let mut write = lease.begin("project reconciled").await?;
    let tx = &mut write.tx;
    let again = project_runs::find_open_run(tx, of, context.project_id(), RunKind::Reading).await?;
    let read_again = match again {
        Some(run) => actions::list(tx, of.0, run).await?,
        None => Vec::new(),
    };
    let elsewhere = sets_of(&read_again);
    let read = |set| ledger.iter().any(|it| it.action == Action::Sync(set));
    let mut choices = schedule::without(&context.settings, &elsewhere).into_iter();
    let whole = choices.all(|choice| read(choice.data_set)) && trouble.is_none();
    let times = (context.run.started_at, now);
    project_runs::reconciled(tx, of, context.project_id(), (whole, trouble), times).await?;
    work::put(tx, project_runs::reconcile_task(of), now).await?;
    if again.is_none() || again::is_any_short(ledger) {
        // One run reads all that did not come whole.
        project_runs::abandon_reading(tx, of, context.project_id(), now).await?;
        let all = [&read_again[..], ledger].concat();
        again::begin(tx, lease, context, &all).await?;
    }
    lease.end_run(tx, entry).await?;
    lease.commit(write).await
}
