//! *Try again*: resumes a completion after its problem was fixed.

use sqlx::PgConnection;

use super::{Error, hand_over};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::engine;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::ledger::{Action, ActionState, RunKind, RunState};
use crate::onboarding::{Onboarding, Stage};
use crate::store::activities::{self, NewActivity};
use crate::store::runs::Run;
use crate::store::{actions, onboardings, queue_lines, runs};
use crate::work;
use serde_json::{Value, json};

/// Resumes a completion that waits for a person, from where it stopped. Does nothing if none does.
///
/// Access is checked again first, since it is what was fixed; so a new key and secret prove
/// themselves before anything else is done with them. Data sets that were refused are read on.
/// Returns the step where the setup now stands.
pub async fn run(app: &App, actor: &Actor, onboarding_id: OnboardingId) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::TryAgain)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id).await?;
    let onboarding = stored.ok_or(Error::Missing)?.onboarding;
    let task = hand_over::of(&mut tx, app, actor, &onboarding).await?;
    if task.as_ref().is_some_and(|it| it.step != Stage::Completing) {
        return Err(Error::Stale);
    }
    let (completion, standing) = (RunKind::Completion, RunStanding::NeedsPerson);
    retry(&mut tx, app, actor, &onboarding, completion, standing).await?;
    hand_over::checked(&mut tx, task.as_ref(), app.clock.now()).await?;
    tx.commit().await?;
    Ok(onboarding.stage)
}

/// Which completions are resumed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RunStanding {
    NeedsPerson,
    /// Also one that would resume by itself: it does so at once.
    WaitsOrNeedsPerson,
}

/// The same in the caller's transaction; returns whether there was such a completion.
pub(super) async fn retry(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding: &Onboarding,
    kind: RunKind,
    standing: RunStanding,
) -> Result<bool, Error> {
    let Some(connection) = onboarding.connection_id else {
        return Ok(false);
    };
    let firm = onboarding.firm_id;
    let run = runs::find_open_for_update(conn, firm, connection, kind).await?;
    let stands = |run: &Run| match run.state {
        RunState::NeedsPerson => true,
        RunState::Waiting => standing == RunStanding::WaitsOrNeedsPerson,
        RunState::Running | RunState::Done | RunState::Abandoned => false,
    };
    let Some(run) = run.filter(stands) else {
        return Ok(false);
    };
    let now = app.clock.now();
    let ledger = actions::list(conn, run.firm_id, run.id).await?;
    let needs_person = run.state == RunState::NeedsPerson;
    let partial = needs_person
        && ledger
            .iter()
            .any(|entry| entry.state == ActionState::Partial);
    let (mut again, mut on) = (Vec::new(), Vec::new());
    for entry in &ledger {
        let stopped = match entry.state {
            ActionState::NeedsPerson | ActionState::Waiting => true,
            ActionState::Partial => needs_person,
            ActionState::Pending
            | ActionState::Running
            | ActionState::Done
            | ActionState::Short => false,
        };
        match entry.action {
            // A list that exists once per parent is read again with its parents: the parent itself
            // may be gone.
            Action::Lookups(set) | Action::Sync(set)
                if needs_person && is_read_per_record(set) && is_partial(&ledger, set) =>
            {
                again.push(entry.position);
            }
            // Verify access again if it was fixed, not if Procore was unavailable.
            Action::Reverify if needs_person => again.push(entry.position),
            Action::CatchUp | Action::LastLook if partial => again.push(entry.position),
            _ if stopped => on.push(entry.position),
            _ => {}
        }
    }
    actions::reopen(conn, run.firm_id, run.id, &on, now).await?;
    actions::redo(conn, run.firm_id, run.id, &again, now).await?;
    let verb = match run.kind {
        RunKind::Completion | RunKind::Reading | RunKind::Reconcile => {
            ActivityVerb::CompletionRetried
        }
        RunKind::Removal => ActivityVerb::RemovalRetried,
        RunKind::Repair => ActivityVerb::WebhookRepairAsked,
        RunKind::Change => ActivityVerb::SettingsChangeRetried,
        RunKind::Project | RunKind::ProjectRemoval | RunKind::ProjectReconcile => {
            ActivityVerb::ProjectRetried
        }
    };
    go_on(conn, app, actor, (&run, onboarding.id), verb, json!({})).await?;
    Ok(true)
}

fn is_read_per_record(set: DataSet) -> bool {
    set.entry().reads.iter().any(|read| read.per.is_some())
}

fn is_partial(ledger: &[actions::Entry], set: DataSet) -> bool {
    let of_set = [Action::Lookups(set), Action::Sync(set)];
    let mut entries = ledger.iter();
    entries.any(|entry| of_set.contains(&entry.action) && entry.state == ActionState::Partial)
}

/// Wakes a run that a person has dealt with, and records the activity.
pub(super) async fn go_on(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (run, onboarding_id): (&Run, OnboardingId),
    verb: ActivityVerb,
    facts: Value,
) -> Result<(), Error> {
    let now = app.clock.now();
    runs::reopen(conn, run.firm_id, run.id).await?;
    let activity = NewActivity::new(app.clock.new_id(), now, actor, verb).with(facts);
    activities::record(conn, &activity).await?;
    queue_lines::refresh(conn, run.firm_id, onboarding_id, now).await?;
    work::put(
        conn,
        engine::task_of(run.project_id, run.firm_id, run.id),
        now,
    )
    .await?;
    Ok(())
}
