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

/// Records it for support and for the firm.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    stuck: &Stuck,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ReportStuck)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find(&mut tx, firm, onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    if let Some(saw) = &stuck.saw {
        remarks::refuse_secrets(&mut tx, app, firm, &stored.onboarding, saw).await?;
    }
    let activity = app.activity(actor, ActivityVerb::HelpNotFound).with(json!({
        "text": stuck.text,
        "title": stuck.title,
        "step": stuck.step,
        "words": stuck.words,
        "page": stuck.page,
        "saw": stuck.saw.as_ref().map(Remark::as_str),
    }));
    activities::record(&mut tx, &activity).await?;
    Ok(tx.commit().await?)
}
