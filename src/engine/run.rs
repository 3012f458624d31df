//! The loop: the first action that is not done, then what came of it, then the next.

use tokio_util::sync::CancellationToken;

use super::context::RunContext;
use super::failure::{Failure, Halt, MOST_ATTEMPTS, Next, pause};
use super::fault::FaultInjector;
use super::lease::RunLease;
use super::outcome::{ActionOutcome, ActionResult};
use super::plan::Plan;
use crate::app::App;
use crate::identity::{FirmId, RunId};
use crate::ledger::RunKind;
use crate::store::actions::{self, Entry, Stop};
use crate::store::project_runs;
use crate::store::runs::{LeasedRun, Rest};
use crate::verdict::ReasonCode;
use crate::work::Task;
use serde_json::json;

/// The kind of this work. The word is stored with what is due.
pub const KIND: &str = "completion";

/// The kind of the work on a project: there may be thousands, and nothing else waits behind them.
pub const PROJECT_KIND: &str = project_runs::RUN;

/// The work on a run of the company.
pub fn task(firm_id: FirmId, run_id: RunId) -> Task {
    Task {
        kind: KIND,
        key: run_id.0,
        firm: Some(firm_id),
    }
}

/// The work on a run of the company, or of this project.
pub fn task_of(project: Option<i64>, firm_id: FirmId, run_id: RunId) -> Task {
    match project {
        Some(_) => project_runs::run_task(firm_id, run_id),
        None => task(firm_id, run_id),
    }
}

/// Works on a run until it is done, has to wait, needs a person, or is taken from this worker.
///
/// `plans` names the plan of every kind. Does nothing if the run waits for a person or is over. An
/// error is a fault of our own side; the run goes on later.
pub(crate) async fn work(
    app: &App,
    plans: fn(RunKind) -> &'static dyn Plan,
    faults: &dyn FaultInjector,
    stop: &CancellationToken,
    firm_id: FirmId,
    run_id: RunId,
) -> anyhow::Result<()> {
    let mut lease = match RunLease::take(app, faults, stop, firm_id, run_id).await {
        Ok(Some(lease)) => lease,
        Ok(None) | Err(Halt::Interrupted) => return Ok(()),
        Err(halt) => return Err(halt.into()),
    };
    let plan = plans(lease.held.kind);
    match go_on(&mut lease, plan).await {
        Ok(()) | Err(Halt::Interrupted) => Ok(()),
        Err(halt @ (Halt::Overtaken | Halt::Stopping)) => {
            if matches!(halt, Halt::Overtaken) {
                tracing::info!(run.id = %run_id, "Another worker has run {run_id} now");
            }
            // The other worker may have lost its lease meanwhile: the run must stay due. A run that
            // is over does nothing when it is taken.
            let mut conn = app.db.acquire_for_write().await?;
            let task = task_of(lease.held.project_id, firm_id, run_id);
            crate::work::put(&mut conn, task, app.clock.now()).await?;
            Ok(conn.finish().await?)
        }
        Err(halt) => Err(halt.into()),
    }
}

async fn go_on(lease: &mut RunLease<'_>, plan: &dyn Plan) -> Result<(), Halt> {
    let mut context = None;
    let mut is_queue_line_fresh = false;
    loop {
        let ledger = ledger(lease).await?;
        let open = ledger.iter().find(|entry| entry.state.is_open());
        // The last action ends the run in the very write that marks it done.
        let entry = open.ok_or_else(|| anyhow::anyhow!("an open run has no open action"))?;
        if lease.is_stopping() {
            return Err(Halt::Stopping);
        }
        let attempts = entry.attempts + 1;
        let mut write = lease.begin("action started").await?;
        actions::start(&mut write.tx, &lease.held, entry.position, lease.now()).await?;
        if !std::mem::replace(&mut is_queue_line_fresh, true) {
            lease.refresh_queue_line(&mut write.tx).await?; // it may have waited until now
        }
        lease.commit(write).await?;

        let done = if attempts > MOST_ATTEMPTS {
            Err(Failure::needs_person(ReasonCode::Unexpected).into())
        } else {
            match &mut context {
                Some(context) => plan.act(lease, context, &ledger, entry).await,
                none => match RunContext::load(lease).await {
                    Ok(loaded) => plan.act(lease, none.insert(loaded), &ledger, entry).await,
                    Err(halt) => Err(halt),
                },
            }
        };
        match done {
            Ok(ActionResult::Done(outcome)) => record(lease, entry, outcome).await?,
            Ok(ActionResult::RunPutDown) => return Ok(()),
            Ok(ActionResult::Again) => {}
            Err(Halt::Failed(failure)) => {
                if let Some(used) = &context
                    && used.is_outdated(lease).await?
                {
                    context = None;
                    continue;
                }
                let attempts = attempts_since_progress(lease, entry).await?;
                let failure = failure.after(attempts, entry.refused_write.as_ref());
                return record_failure(lease, plan, entry, failure, attempts).await;
            }
            Err(halt) => return Err(halt),
        }
    }
}

/// How often an action was taken up since it last made progress, this time included.
async fn attempts_since_progress(lease: &mut RunLease<'_>, entry: &Entry) -> Result<i32, Halt> {
    let ledger = ledger(lease).await?;
    let now = ledger.iter().find(|now| now.position == entry.position);
    Ok(now.map_or(entry.attempts + 1, |now| now.attempts.max(1)))
}

async fn ledger(lease: &RunLease<'_>) -> Result<Vec<Entry>, Halt> {
    let mut conn = lease.app.db.acquire().await?;
    Ok(actions::list(&mut conn, lease.held.firm_id, lease.held.run_id).await?)
}

async fn record(
    lease: &mut RunLease<'_>,
    entry: &Entry,
    outcome: ActionOutcome,
) -> Result<(), Halt> {
    let now = lease.now();
    let mut write = lease.begin("action done").await?;
    let tx = &mut write.tx;
    let (end, report) = (outcome.end, &outcome.report);
    actions::finish(tx, &lease.held, entry.position, end, report, now).await?;
    for (verb, about) in outcome.activities {
        lease
            .record_activity(tx, verb, Some(&about), json!({}))
            .await?;
    }
    lease.commit(write).await
}

/// Records why the action cannot go on, and gives the run back until it can.
async fn record_failure(
    lease: &mut RunLease<'_>,
    plan: &dyn Plan,
    entry: &Entry,
    failure: Failure,
    attempts: i32,
) -> Result<(), Halt> {
    let now = lease.now();
    let code = failure.code;
    let (not_before, forgiven) = match failure.next {
        // Procore asked for the wait, which then is no attempt.
        Next::Wait {
            not_before: Some(until),
        } => (Some(until), 1),
        Next::Wait { not_before: None } => (Some(now + pause(attempts)), 0),
        // Where nobody is called it begins again, with all its attempts.
        Next::NeedsPerson => (plan.goes_on_at(now), i32::MAX),
    };
    let mut write = lease.begin("failed").await?;
    let tx = &mut write.tx;
    let stop = Stop {
        code,
        not_before,
        forgiven,
        said: failure.said.as_ref(),
        refused_write: failure.refused_write(),
        report: failure.report.as_ref(),
    };
    actions::stop(tx, &lease.held, entry.position, &stop, now).await?;
    let next = match not_before {
        Some(until) => {
            lease.put_down(tx, Rest::Waiting(Some(code))).await?;
            Some(until)
        }
        None => {
            plan.report_needs_person(lease, tx, entry, code).await?;
            lease.put_down(tx, Rest::NeedsPerson(code)).await?;
            plan.tries_again_at(now)
        }
    };
    if let Some(next) = next {
        let LeasedRun {
            firm_id,
            run_id,
            project_id,
            ..
        } = lease.held;
        crate::work::put(tx, task_of(project_id, firm_id, run_id), next).await?;
    }
    lease.refresh_queue_line(tx).await?;
    lease.commit(write).await
}
