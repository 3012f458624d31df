//! An admin goes on without what our level keeps from us and may never be readable.

use serde_json::json;

use super::Error;
use super::onboarding::{Change, Seen, check_version, lock, save};
use super::start_checks;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::catalog::DataSet;
use crate::identity::{Actor, Verb};
use crate::onboarding::{CheckPurpose, Refused, Stage};
use crate::store::checks::{self, CheckRow};

/// Takes the data sets out of the choice that the newest checks found dispensable, and checks the
/// permissions for what is left. Returns the step where the setup stands.
pub(crate) async fn run(app: &App, actor: &Actor, seen: Seen) -> Result<Stage, Error> {
    let firm_id = actor.may(Verb::SaveSettings)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut stored = lock(&mut tx, firm_id, seen).await?;
    let onboarding = &mut stored.onboarding;
    check_version(onboarding, seen)?;
    let connection = stored.connection.as_mut();
    let connection = connection.ok_or(Refused::Before(Stage::Credentials))?;
    let settings = connection.settings.as_ref();
    let settings = settings.ok_or(Refused::Before(Stage::Settings))?;
    let purpose = CheckPurpose::Permissions;
    let rows = match checks::find_counting(&mut tx, firm_id, connection.id, purpose).await? {
        Some(run) => checks::list_rows(&mut tx, firm_id, run.id).await?,
        None => Vec::new(),
    };
    let without = dispensable(&rows);
    let left = without
        .iter()
        .try_fold(settings.clone(), |settings, set| settings.without(*set));
    let left = left.map_err(|_| Refused::NotPassed(Stage::Permissions))?;
    onboarding.save_settings(connection, left, now)?;
    let keys: Vec<_> = without.iter().map(|set| set.key()).collect();
    let change = Change {
        details: json!({ "left_out": keys }),
        connection: Some(connection),
        ..Change::new(ActivityVerb::SetupSettingsSaved)
    };
    save(&mut tx, app, actor, onboarding, change, now).await?;
    let walk = (&*onboarding, Some(&*connection));
    start_checks::start(&mut tx, app, actor, walk, purpose, Vec::new()).await?;
    tx.commit().await?;
    Ok(Stage::Permissions)
}

/// The data sets that a run found dispensable.
pub(crate) fn dispensable(rows: &[CheckRow]) -> Vec<DataSet> {
    let results = rows.iter().filter_map(|row| row.result.as_ref());
    results.filter_map(|result| result.dispensable()).collect()
}
