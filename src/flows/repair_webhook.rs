//! *Repair*: our webhook is set up again as it was.

use super::Error;
use super::retry_run::{self, RunStanding};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::engine;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::ledger::{RunKind, plan};
use crate::store::runs::{self, Run};
use crate::store::{actions, activities, onboardings};
use crate::work;

/// Begins to repair the webhook of a connection, or lets a repair that waits go on now.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let stored = stored.ok_or(Error::Missing)?;
    let connection = stored.connection.as_ref().filter(|it| it.is_active());
    let connection = connection.ok_or(Error::Stale)?;
    let (kind, of) = (RunKind::Repair, (firm, connection.id));
    if runs::find_open_for_update(&mut tx, firm, connection.id, kind)
        .await?
        .is_some()
    {
        let standing = RunStanding::WaitsOrNeedsPerson;
        retry_run::retry(&mut tx, app, actor, &stored.onboarding, kind, standing).await?;
        return Ok(tx.commit().await?);
    }
    let now = app.clock.now();
    let run = Run::of_company(app.clock.new_id(), kind, of, actor.name(), now);
    runs::create(&mut tx, &run).await?;
    actions::create(&mut tx, firm, run.id, &plan::REPAIR, now).await?;
    work::put(&mut tx, engine::task(firm, run.id), now).await?;
    let activity = app.activity(actor, ActivityVerb::WebhookRepairAsked);
    activities::record(&mut tx, &activity).await?;
    Ok(tx.commit().await?)
}
