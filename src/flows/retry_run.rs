//! *Try again*: whoever mended what a completion waits for lets it go on.

use sqlx::PgConnection;
use uuid::Uuid;

use super::Error;
use crate::app::App;
use crate::completion;
use crate::identity::{Actor, Verb};
use crate::onboarding::ledger::{ActionState, RunState};
use crate::onboarding::plan::Action;
use crate::store::activities::{self, NewActivity};
use crate::store::runs::Run;
use crate::store::{actions, attention, runs};

/// Lets a completion that needs a person go on from where it stopped; for a firm's admin and for
/// support. Does nothing where none waits for a person: it goes on by itself, or did already.
///
/// Access is checked once more first, since it is what was mended; so a new key and secret prove
/// themselves before anything else is done with them. Data sets that were refused are read on.
pub async fn run(app: &App, actor: &Actor, onboarding_id: Uuid) -> Result<(), Error> {
    let firm_id = actor
        .may(Verb::TryAgain)
        .or_else(|_| actor.may(Verb::Retry))?;
    let mut tx = app.db.begin().await?;
    let run = runs::find_open_for_update(&mut tx, firm_id.into(), onboarding_id).await?;
    let Some(run) = run.filter(|run| run.state == RunState::NeedsPerson) else {
        return Ok(());
    };
    let now = app.clock.now();
    let ledger = actions::list(&mut tx, run.firm_id, run.id).await?;
    let partial = ledger
        .iter()
        .any(|entry| entry.state == ActionState::Partial);
    let (mut again, mut on) = (Vec::new(), Vec::new());
    for entry in &ledger {
        let stopped = match entry.state {
            ActionState::NeedsPerson | ActionState::Partial => true,
            ActionState::Pending
            | ActionState::Running
            | ActionState::Waiting
            | ActionState::Done => false,
        };
        match entry.action {
            Action::Reverify => again.push(entry.position),
            Action::CatchUp | Action::LastLook if partial => again.push(entry.position),
            _ if stopped => on.push(entry.position),
            _ => {}
        }
    }
    actions::reopen(&mut tx, run.firm_id, run.id, &on, now).await?;
    actions::redo(&mut tx, run.firm_id, run.id, &again, now).await?;
    go_on(&mut tx, app, actor, &run, "completion.retried", None).await?;
    tx.commit().await?;
    Ok(())
}

/// Wakes a run that a person has dealt with, and writes who did what.
pub(super) async fn go_on(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    run: &Run,
    verb: &'static str,
    about: Option<&str>,
) -> Result<(), Error> {
    let now = app.clock.now();
    runs::reopen(conn, run.firm_id, run.id, now).await?;
    let mut activity = NewActivity::new(app.clock.new_id(), now, actor, verb);
    if let Some(about) = about {
        activity = activity.about(about);
    }
    activities::record(conn, &activity).await?;
    attention::refresh(conn, run.firm_id, run.onboarding_id, now).await?;
    let job = completion::job(run.firm_id, run.id);
    app.jobs.enqueue(conn, &job).await?;
    Ok(())
}
