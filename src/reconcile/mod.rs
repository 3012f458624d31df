//! Keeps a connection's copy right without events, which are best effort by Procore's own words.
//!
//! Once a day, at a time of its own, every connection reads what changed, compares which projects there
//! are, and reads some of its lists whole; after events may have been lost it reads them all once, at once.
//! A reconcile is a run like any other: it survives a crash and goes on where it stood.

pub(crate) mod late;
mod outage;
mod projects;
mod recovery;
pub(crate) mod report;
pub(crate) mod schedule;

use anyhow::Context as _;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::catalog::DataSet;
use crate::engine::{self, ActionOutcome, ActionResult, Failure, Halt, Next, Plan};
use crate::engine::{RunContext, RunLease};
use crate::identity::{Actor, ConnectionId, FirmId};
use crate::ledger::{Action, RunKind, plan};
use crate::procore::PAYLOAD_VERSION;
use crate::reading;
use crate::store::actions::{self, ActionEnd, Entry};
use crate::store::list_readings::{self, Scope};
use crate::store::reconciles;
use crate::store::runs::{self, Run};
use crate::store::{connections, hooks, project_runs};
use crate::sync::{CLOCK_SKEW, ListReader};
use crate::verdict::ReasonCode;
use crate::webhooks::{hook, replaced, triggers};
use crate::work::{self, Lease, Task};

pub(crate) use outage::notice;
pub(crate) use schedule::next;

/// The kind of this work. The word is stored with what is due.
pub(crate) const KIND: &str = "reconcile";

/// When a run goes on that only a person could help, unless the next one is due before.
const AFTER_REFUSAL: TimeDelta = TimeDelta::days(1);
/// How often an answer that nobody knows is asked for before the other lists go on.
const MOST_ODD_ANSWERS: i32 = 3;

/// The work of beginning a reconcile of a connection.
pub(crate) fn task(firm_id: FirmId, connection: ConnectionId) -> Task {
    Task {
        kind: KIND,
        key: connection.0,
        firm: Some(firm_id),
    }
}

/// Begins the reconcile of a connection that is due, and says when the next one is. One that is not
/// over is woken instead, if it waits.
pub(crate) async fn handle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm = lease.firm_id.context("a reconcile of no firm")?;
    let (id, now) = (ConnectionId(lease.key), app.clock.now());
    let mut tx = app.db.begin().await?;
    let Some(connection) = connections::find(&mut tx, firm, id).await? else {
        return Ok(());
    };
    if !connection.is_active() {
        return Ok(()); // the end of a first reading puts it again, and so does that of a pause
    }
    let settings = connection
        .settings
        .context("a connection without settings")?;
    let open = runs::find_open_for_update(&mut tx, firm, id, RunKind::Reconcile).await?;
    let run_id = match open {
        Some(run) => run.id,
        None => {
            let known = list_readings::list(&mut tx, firm, id).await?;
            let gap = reconciles::find(&mut tx, firm, id).await?.gap;
            let mut elsewhere: Vec<DataSet> = Vec::new();
            for kind in [RunKind::Reading, RunKind::Change] {
                if let Some(run) = runs::find_open(&mut tx, firm, id, kind).await? {
                    let planned = actions::list(&mut tx, firm, run.id).await?;
                    elsewhere.extend(planned.iter().filter_map(|it| it.action.data_set()));
                }
            }
            let choices = schedule::without(&settings, &elsewhere);
            let whole = match gap.filter(|it| it.lost) {
                Some(gap) => schedule::whole_since(&choices, &known, gap.to, now),
                None => schedule::whole(&choices, &known, false, now),
            };
            let hooks = hooks::list_of_company(&mut tx, firm, id).await?;
            let replaces = hooks.iter().any(|it| it.payload_version != PAYLOAD_VERSION);
            let actions = plan::reconcile(&settings, &whole, &elsewhere, replaces);
            let by = Actor::system_for(firm);
            let run_id = app.clock.new_id();
            let run = Run::of_company(run_id, RunKind::Reconcile, (firm, id), by.name(), now);
            runs::forget_ended(&mut tx, firm, id, RunKind::Reconcile, None).await?;
            engine::begin(&mut tx, &run, &actions, now).await?;
            if gap.is_some() {
                reconciles::begin_repair(&mut tx, (firm, id), run_id).await?;
            }
            run_id
        }
    };
    work::put(&mut tx, engine::task(firm, run_id), now).await?;
    work::put(&mut tx, task(firm, id), next(id, now)).await?;
    // Its projects follow, within what is left of the share.
    work::put(&mut tx, project_runs::reconcile_task((firm, id)), now).await?;
    Ok(tx.commit().await?)
}

/// The plan of a reconcile.
pub(crate) struct Reconcile;

#[async_trait]
impl Plan for Reconcile {
    async fn act(
        &self,
        lease: &mut RunLease<'_>,
        context: &RunContext,
        ledger: &[Entry],
        entry: &Entry,
    ) -> Result<ActionResult, Halt> {
        let outcome = match entry.action {
            Action::Hook => hook::act(lease, context).await,
            Action::Triggers => triggers::act(lease, context).await,
            Action::LastLook => {
                let is_whole = report::is_whole(ledger);
                replaced::remove(lease, context, is_whole).await
            }
            Action::CatchUp => catch_up(lease, context, entry).await,
            Action::ProjectIds => projects::compare(lease, context, entry).await,
            Action::Lookups(set) => reading::lookups(lease, context, entry, set).await,
            Action::Sync(set) => reading::data_set(lease, context, entry, set).await,
            Action::Finish => {
                report::finish(lease, context, ledger, entry).await?;
                return Ok(ActionResult::RunPutDown);
            }
            other @ (Action::Readiness
            | Action::Reverify
            | Action::Switch
            | Action::RemoveHooks
            | Action::DropRecords
            | Action::Release) => Err(Halt::not_of_plan(other)),
        };
        match outcome {
            Err(Halt::Failed(failure)) if gives_up(&failure, entry.attempts) => {
                give_up(lease, context, entry, failure.code)
                    .await
                    .map(ActionResult::Done)
            }
            outcome => outcome.map(ActionResult::Done),
        }
    }

    /// It needs nobody: what is wrong with the connection is told by its health.
    fn goes_on_at(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        Some(now + AFTER_REFUSAL)
    }
}

/// Reads what changed in the lists that can say so, of each since it was last known.
pub(crate) async fn catch_up(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
) -> Result<ActionOutcome, Halt> {
    let connection = &context.connection;
    let mut conn = lease.app.db.acquire().await?;
    let known = list_readings::list_of(&mut conn, context.source().lists()).await?;
    drop(conn);
    let began = connection.connected_at.unwrap_or(connection.created_at);
    let since = |name: &str| {
        let known = known.iter().find(|it| it.list == name);
        known.and_then(|it| it.known_until()).unwrap_or(began) - CLOCK_SKEW
    };
    let choices = context.settings.in_sync_order();
    let reader = ListReader::changes(context.source(), choices, |read| since(read.name));
    let read = reading::read(lease, context, entry, &reader).await?;
    Ok(read.outcome())
}

/// Whether the other lists go on without what failed. What stops everything waits instead.
pub(crate) fn gives_up(failure: &Failure, attempts: i32) -> bool {
    let is_over = match failure.next {
        Next::NeedsPerson => true,
        Next::Wait { .. } => failure.code == ReasonCode::Unexpected && attempts >= MOST_ODD_ANSWERS,
    };
    is_over && !failure.code.stops_everything()
}

/// Notes that the lists of an action could not be read; the others go on.
pub(crate) async fn give_up(
    lease: &mut RunLease<'_>,
    context: &RunContext,
    entry: &Entry,
    code: ReasonCode,
) -> Result<ActionOutcome, Halt> {
    let of = context.source().lists();
    let lists = report::lists_of(&context.settings, entry.action);
    let now = lease.now();
    let mut write = lease.begin("given up").await?;
    let scope = match entry.action {
        Action::CatchUp => Scope::Changes,
        _ => Scope::Whole,
    };
    for list in &lists {
        let tx = &mut write.tx;
        list_readings::note(tx, of, (list, scope), Err(Some(code)), now).await?;
    }
    lease.commit(write).await?;
    Ok(ActionOutcome::done(report::of_failed(&lists)).ended(ActionEnd::Partial(code)))
}
