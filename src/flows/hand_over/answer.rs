//! A colleague reports that the task is done, or why it cannot be.

use serde_json::json;
use sqlx::PgConnection;

use super::super::{Error, confirm_checks, remarks};
use super::{OpenedLink, letter};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::ledger::{Action, ActionState, RunState};
use crate::onboarding::hand_over::{HandOverOutcome, purpose};
use crate::onboarding::{Evidence, Stage};
use crate::store::actions::{self, Entry};
use crate::store::hand_overs::{self, HandOver};
use crate::store::onboardings::{self, Stored};
use crate::store::{activities, queue_lines, runs};

/// The colleague's answer.
#[derive(Clone, Copy, Debug)]
pub enum ColleagueAnswer<'a> {
    Done,
    /// Why not, in their words.
    Cannot(&'a Remark),
}

/// Ends the task with the colleague's answer and mails it to the person who asked; `checks` are the
/// current results. A task whose checks do not pass is not done, whatever page said so.
pub async fn run(
    app: &App,
    actor: &Actor,
    opened: &OpenedLink,
    answer: ColleagueAnswer<'_>,
    checks: Option<&str>,
) -> Result<(), Error> {
    let firm = actor.may(Verb::AnswerHandOver)?;
    let now = app.clock.now();
    let (outcome, reason, verb) = match answer {
        ColleagueAnswer::Done => (HandOverOutcome::Done, None, ActivityVerb::HandOverDone),
        ColleagueAnswer::Cannot(reason) => (
            HandOverOutcome::Cannot,
            Some(reason),
            ActivityVerb::HandOverCannot,
        ),
    };
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, opened.hand_over.onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    let onboarding = stored.onboarding.clone();
    let task = super::of(&mut tx, app, actor, &onboarding).await?;
    let task = task.ok_or(Error::Missing)?;
    if outcome.is_done() && !passes(&mut tx, &stored, &task).await? {
        return Err(Error::Stale);
    }
    if let Some(reason) = reason {
        remarks::refuse_secrets(&mut tx, app, firm, &onboarding, reason).await?;
    }
    let words = reason.map(Remark::as_str);
    if !hand_overs::finish(&mut tx, firm, task.id, outcome, words, now).await? {
        return Err(Error::Stale);
    }
    letter::tell(&mut tx, app, opened, outcome, words, checks).await?;
    let activity = app
        .activity(actor, verb)
        .with(json!({ "hand_over": task.id, "task": task.task, "words": words }));
    activities::record(&mut tx, &activity).await?;
    queue_lines::refresh(&mut tx, firm, onboarding.id, now).await?;
    Ok(tx.commit().await?)
}

/// Whether a completion that had stopped runs again, and its access was proven first.
pub(crate) fn is_past_its_access(state: RunState, ledger: &[Entry]) -> bool {
    let runs = matches!(state, RunState::Running | RunState::Done);
    let mut ledger = ledger.iter();
    let proven =
        |entry: &Entry| entry.action == Action::Reverify && entry.state == ActionState::Done;
    runs && ledger.any(proven)
}

/// Whether what was asked for is there.
async fn passes(conn: &mut PgConnection, stored: &Stored, task: &HandOver) -> Result<bool, Error> {
    let Some(connection) = &stored.connection else {
        return Ok(false);
    };
    if task.step == Stage::Completing {
        let run = runs::find_newest(conn, task.firm, connection.id).await?;
        let Some(run) = run else { return Ok(false) };
        let ledger = actions::list(conn, task.firm, run.id).await?;
        return Ok(is_past_its_access(run.state, &ledger));
    }
    let checks = purpose(task.task, task.step);
    let evidence = confirm_checks::evidence(conn, connection, checks).await?;
    Ok(evidence == Evidence::Passed)
}
