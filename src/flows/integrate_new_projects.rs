//! An admin wishes that new projects are integrated by themselves, or does not wish it any more.

use serde_json::json;

use super::Error;
use super::onboarding::{Seen, lock_connected};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::Scope;
use crate::connection::Settings;
use crate::identity::{Actor, Verb};
use crate::projects;
use crate::store::{activities, project_runs, projects as stored};
use crate::work;

/// What became of the wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wished {
    Saved,
    /// What to bring of projects has to be chosen first.
    NothingChosen,
}

/// Turns it on or off. Projects that are known by then stay as they are. Asked twice, it does nothing more.
pub(crate) async fn set(app: &App, actor: &Actor, seen: Seen, on: bool) -> Result<Wished, Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    let (is_new, verb) = match on {
        true if project_runs::find_defaults(&mut tx, of).await?.is_none() => {
            return Ok(Wished::NothingChosen);
        }
        true => {
            let is_new = stored::save_wish(&mut tx, of, actor.name(), now).await?;
            (is_new, ActivityVerb::NewProjectsWished)
        }
        false => {
            let is_new = stored::end_wish(&mut tx, of).await?;
            (is_new, ActivityVerb::NewProjectsNotWished)
        }
    };
    if is_new {
        activities::record(&mut tx, &app.activity(actor, verb)).await?;
    }
    tx.commit().await?;
    Ok(Wished::Saved)
}

/// Keeps what is brought of projects where nobody chooses it for each.
pub(crate) async fn save_defaults(
    app: &App,
    actor: &Actor,
    seen: Seen,
    settings: &Settings,
) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut choices = settings.choices().iter();
    if !choices.all(|choice| choice.data_set.scope() == Scope::Project) {
        return Err(Error::Stale); // no page of ours offers anything else
    }
    let mut tx = app.db.begin().await?;
    let of = lock_connected(&mut tx, firm, seen).await?;
    if project_runs::find_defaults(&mut tx, of).await?.as_ref() == Some(settings) {
        return Ok(());
    }
    project_runs::save_defaults(&mut tx, of, settings).await?;
    let sets = settings.choices().iter();
    let sets: Vec<&str> = sets.map(|choice| choice.data_set.key()).collect();
    let activity = app
        .activity(actor, ActivityVerb::ProjectDefaultsSaved)
        .with(json!({ "data_sets": sets }));
    activities::record(&mut tx, &activity).await?;
    // A new project may be ready for this choice.
    work::put(&mut tx, projects::task(of.0, of.1), app.clock.now()).await?;
    Ok(tx.commit().await?)
}
