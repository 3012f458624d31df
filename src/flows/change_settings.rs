//! An admin changes what is brought, after the setup.

use serde_json::json;

use super::Error;
use super::onboarding::{Change, Seen, check_version, lock, save};
use super::retry_run::{self, RunStanding};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::connection::{Connection, Settings};
use crate::engine;
use crate::identity::{Actor, OnboardingId, Verb};
use crate::ledger::{RunKind, plan};
use crate::onboarding::{CheckPurpose, Refused};
use crate::store::checks::{self, CheckOutcome};
use crate::store::runs::{self, Run};
use crate::store::{activities, onboardings, projects};

/// Begins to bring what `settings` say instead of what is brought now, as soon as their permissions are
/// proven. A change that is not over ends, and this one starts from what is in use.
///
/// To choose what is in use undoes such a change: what it had read so far is deleted.
pub async fn run(app: &App, actor: &Actor, seen: Seen, settings: &Settings) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm, seen).await?;
    let (mut onboarding, connection) = (stored.onboarding, stored.connection);
    let connection = connection.filter(Connection::is_active);
    let connection = connection.ok_or(Error::Stale)?;
    let in_use = connection.settings.as_ref().ok_or(Error::Stale)?;
    let open = runs::find_open_for_update(&mut tx, firm, connection.id, RunKind::Change).await?;
    let coming = open.as_ref().and_then(|run| run.settings.as_ref());
    if coming.unwrap_or(in_use) == settings {
        return Ok(()); // the same page sent twice, or nothing to change
    }
    check_version(&onboarding, seen)?;
    if in_use != settings {
        let checked = checks::find_of_choice(&mut tx, firm, connection.id, settings).await?;
        if checked.is_none_or(|it| it.outcome != Some(CheckOutcome::Passed)) {
            return Err(Refused::NotPassed(CheckPurpose::Permissions.step()).into());
        }
    }
    if settings.choice(DataSet::Projects).is_none() {
        // What comes again with the list later is not new.
        let was_wished = projects::end_wish(&mut tx, (firm, connection.id)).await?;
        if was_wished {
            let activity = app.activity(actor, ActivityVerb::NewProjectsNotWished);
            activities::record(&mut tx, &activity).await?;
        }
    }
    if let Some(before) = open {
        runs::abandon(&mut tx, &before, now).await?;
    }
    let (id, of) = (app.clock.new_id(), (firm, connection.id));
    let run = Run {
        settings: Some(settings.clone()),
        ..Run::of_company(id, RunKind::Change, of, actor.name(), now)
    };
    engine::begin(&mut tx, &run, &plan::change(in_use, settings), now).await?;
    let sets = settings.choices().iter();
    let sets: Vec<&str> = sets.map(|choice| choice.data_set.key()).collect();
    let change = Change {
        details: json!({ "data_sets": sets }),
        connection: Some(&connection),
        ..Change::new(ActivityVerb::SettingsChangeStarted)
    };
    save(&mut tx, app, actor, &mut onboarding, change, now).await?;
    Ok(tx.commit().await?)
}

/// Lets a change that waits for a person go on from where it stopped. Does nothing if none does.
pub async fn try_again(app: &App, actor: &Actor, onboarding_id: OnboardingId) -> Result<(), Error> {
    let firm = actor.may(Verb::ChangeIntegration)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm, onboarding_id).await?;
    let onboarding = stored.ok_or(Error::Missing)?.onboarding;
    let (kind, standing) = (RunKind::Change, RunStanding::NeedsPerson);
    retry_run::retry(&mut tx, app, actor, &onboarding, kind, standing).await?;
    Ok(tx.commit().await?)
}
