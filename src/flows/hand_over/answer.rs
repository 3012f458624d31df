//! A colleague reports that the task is done, or why it cannot be.

use serde_json::json;

use super::super::{Error, remarks};
use super::{OpenedLink, letter};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Remark, Verb};
use crate::onboarding::hand_over::HandOverOutcome;
use crate::store::{activities, hand_overs, onboardings, queue_lines};

/// Why an answer was refused.
#[derive(Debug, thiserror::Error)]
pub enum AnswerError {
    /// The text contains a secret.
    #[error("an answer holds a secret")]
    HoldsSecret,
    #[error(transparent)]
    Flow(#[from] Error),
}

/// The colleague's answer.
#[derive(Clone, Copy, Debug)]
pub enum ColleagueAnswer<'a> {
    Done,
    /// Why not, in their words.
    Cannot(&'a Remark),
}

/// Ends the task with the colleague's answer and mails it to the person who asked; `checks` are the
/// current results.
pub async fn run(
    app: &App,
    actor: &Actor,
    opened: &OpenedLink,
    answer: ColleagueAnswer<'_>,
    checks: Option<&str>,
) -> Result<(), AnswerError> {
    let firm = actor.may(Verb::AnswerHandOver).map_err(Error::from)?;
    let now = app.clock.now();
    let (outcome, reason, verb) = match answer {
        ColleagueAnswer::Done => (HandOverOutcome::Done, None, ActivityVerb::HandOverDone),
        ColleagueAnswer::Cannot(reason) => (
            HandOverOutcome::Cannot,
            Some(reason),
            ActivityVerb::HandOverCannot,
        ),
    };
    let mut tx = app.db.begin().await.map_err(Error::from)?;
    let onboarding = onboardings::find_for_update(&mut tx, firm, opened.hand_over.onboarding_id)
        .await
        .map_err(Error::from)?
        .ok_or(Error::Missing)?
        .onboarding;
    let task = super::of(&mut tx, app, actor, &onboarding).await?;
    let task = task.ok_or(Error::Missing)?;
    if let Some(reason) = reason
        && remarks::hold_codes(&mut tx, app, firm, &onboarding, reason).await?
    {
        return Err(AnswerError::HoldsSecret);
    }
    let words = reason.map(Remark::as_str);
    if !hand_overs::finish(&mut tx, firm, task.id, outcome, words, now)
        .await
        .map_err(Error::from)?
    {
        return Err(Error::Stale.into());
    }
    letter::tell(&mut tx, app, opened, outcome, words, checks).await?;
    let activity = app
        .activity(actor, verb)
        .with(json!({ "hand_over": task.id, "task": task.task, "words": words }));
    activities::record(&mut tx, &activity)
        .await
        .map_err(Error::from)?;
    queue_lines::refresh(&mut tx, firm, onboarding.id, now)
        .await
        .map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(())
}
