//! A person cannot find in Procore what a step of a help text names.

use serde_json::json;

use super::{Error, remarks};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, OnboardingId, Remark, Verb};
use crate::store::{activities, onboardings};

/// The step, and what they see instead.
#[derive(Clone, Debug)]
pub(crate) struct Stuck {
    /// The help text by its name: a click path, or a reason code.
    pub text: String,
    /// Its heading.
    pub title: String,
    /// The step's place in it, from 1.
    pub step: usize,
    /// The step's words, as they were shown.
    pub words: String,
    /// The page it was shown on.
    pub page: &'static str,
    /// What they see instead, if they described it.
    pub saw: Option<Remark>,
}

/// Why a report was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StuckError {
    /// The text contains a secret.
    #[error("a report holds a secret")]
    HoldsSecret,
    #[error(transparent)]
    Flow(#[from] Error),
}

/// Records it for support and for the firm.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    stuck: &Stuck,
) -> Result<(), StuckError> {
    let firm = actor.may(Verb::ReportStuck).map_err(Error::from)?;
    let mut tx = app.db.begin().await.map_err(Error::from)?;
    let stored = onboardings::find(&mut tx, firm, onboarding_id)
        .await
        .map_err(Error::from)?
        .ok_or(Error::Missing)?;
    if let Some(saw) = &stuck.saw
        && remarks::hold_codes(&mut tx, app, firm, &stored.onboarding, saw).await?
    {
        return Err(StuckError::HoldsSecret);
    }
    let activity = app.activity(actor, ActivityVerb::HelpNotFound).with(json!({
        "text": stuck.text,
        "title": stuck.title,
        "step": stuck.step,
        "words": stuck.words,
        "page": stuck.page,
        "saw": stuck.saw.as_ref().map(Remark::as_str),
    }));
    activities::record(&mut tx, &activity)
        .await
        .map_err(Error::from)?;
    tx.commit().await.map_err(Error::from)?;
    Ok(())
}
