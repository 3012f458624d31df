//! An admin chooses the data sets to connect.

use serde_json::json;

use super::Error;
use super::onboarding::{Change, Seen, check_version, lock, save};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::Settings;
use crate::identity::{Actor, Verb};
use crate::onboarding::{Refused, Stage};

/// Saves the choice, moves the firm to the permissions it needs and returns the step where the setup
/// stands. Saving the same choice again changes nothing.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    settings: &Settings,
) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::SaveSettings)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut stored = lock(&mut tx, firm_id, seen).await?;
    if stored.onboarding.version != seen.version && stored.settings() == Some(settings) {
        return Ok(stored.onboarding.stage); // the same page sent twice
    }
    let onboarding = &mut stored.onboarding;
    check_version(onboarding, seen)?;
    let connection = stored.connection.as_mut();
    let connection = connection.ok_or(Refused::Before(Stage::Credentials))?;
    onboarding.save_settings(connection, settings.clone(), now)?;
    let chosen: Vec<&str> = settings
        .choices()
        .iter()
        .map(|choice| choice.data_set.key())
        .collect();
    let change = Change {
        details: json!({ "data_sets": chosen }),
        connection: Some(connection),
        ..Change::new(ActivityVerb::SetupSettingsSaved)
    };
    save(&mut tx, app, actor, onboarding, change, now).await?;
    tx.commit().await?;
    Ok(stored.onboarding.stage)
}
