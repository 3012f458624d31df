//! *Verify* and *Check again*.

use chrono::{DateTime, Utc};
use serde_json::json;
use sqlx::PgConnection;

use super::{Error, hand_over};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::checks::{kept, task};
use crate::connection::{AccessWay, Connection, Settings};
use crate::identity::{Actor, OnboardingId, Verb};
use crate::onboarding::CheckPurpose;
use crate::onboarding::{Onboarding, Refused, Stage};
use crate::store::activities::{self, NewActivity};
use crate::store::checks::{self, CheckRow, CheckRun};
use crate::store::{credentials, onboardings, queue_lines};
use crate::verdict::{Check, CheckResult};
use crate::work;

/// Starts a run of checks, unless one is running, and returns the next step. What passed in the last
/// run is kept and only the rest is checked again.
///
/// `elsewhere` names other environments the admin agreed to try the details in.
pub(crate) async fn run(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    purpose: CheckPurpose,
    elsewhere: Vec<String>,
) -> Result<Stage, Error> {
    let verb = match purpose {
        CheckPurpose::Verify => Verb::Verify,
        CheckPurpose::Permissions => Verb::CheckPermissions,
    };
    let firm_id = actor.may(verb)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id)
        .await?
        .ok_or(Error::Missing)?;
    let walk = (&stored.onboarding, stored.connection.as_ref());
    let started = start(&mut tx, app, actor, walk, purpose, elsewhere).await;
    // That what was proven is over is kept.
    if matches!(started, Ok(_) | Err(Error::Refused(Refused::ProofEnded))) {
        tx.commit().await?;
    }
    started.map(|_| purpose.step())
}

/// Starts checking what a choice needs once the setup is done, unless that is being checked: the choice in
/// use, or one to change to. Refused while the connection is paused: nothing is asked then. Refused as well while
/// nobody has proven that the company is the firm's.
pub(crate) async fn of_choice(
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    settings: &Settings,
) -> Result<(), Error> {
    let firm_id = actor.may(Verb::CheckPermissions)?;
    let mut tx = app.db.begin().await?;
    let stored = onboardings::find_for_update(&mut tx, firm_id, onboarding_id).await?;
    let connection = stored.and_then(|it| it.connection).ok_or(Error::Missing)?;
    if !connection.is_active() {
        return Err(Error::Stale);
    }
    let access = credentials::find_access(&mut tx, &connection).await?;
    let access = access.ok_or(match connection.target.access_way {
        AccessWay::VendorApp => Error::NotProven,
        AccessWay::OwnApp | AccessWay::LegacyAccount => Error::Stale,
    })?;
    let newest = checks::find_of_choice(&mut tx, firm_id, connection.id, settings).await?;
    if newest.is_some_and(|run| run.finished_at.is_none()) {
        return Ok(());
    }
    let purpose = CheckPurpose::Permissions;
    let rows = rows(&mut tx, purpose, Some(settings), None).await?;
    let now = app.clock.now();
    let (id, of) = (app.clock.new_id(), (firm_id, connection.id));
    let what = (purpose, Some(settings.clone()));
    let check_run = CheckRun::new(id, of, access.credential(), what, actor.name(), now);
    checks::create(&mut tx, &check_run, &rows).await?;
    work::put(&mut tx, task(firm_id, check_run.id), now).await?;
    record(&mut tx, app, actor, onboarding_id, &check_run, now).await?;
    Ok(tx.commit().await?)
}

/// The result of requesting checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Started {
    New,
    /// The same checks are still running.
    UnderWay,
}

/// The same for an onboarding locked by the caller's transaction.
pub(super) async fn start(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (onboarding, connection): (&Onboarding, Option<&Connection>),
    purpose: CheckPurpose,
    elsewhere: Vec<String>,
) -> Result<Started, Error> {
    let settings = subject(onboarding, connection, purpose)?;
    let connection = connection.ok_or(Refused::Before(Stage::Credentials))?;
    let walk = (onboarding, connection);
    begin(conn, app, actor, walk, purpose, settings, elsewhere).await
}

/// The same where the caller knows that these checks may run.
pub(super) async fn begin(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (onboarding, connection): (&Onboarding, &Connection),
    purpose: CheckPurpose,
    settings: Option<Settings>,
    mut elsewhere: Vec<String>,
) -> Result<Started, Error> {
    if !connection.target.access_way.has_own_key() {
        // The vendor has a key of its own for each, which is nobody's to send elsewhere.
        elsewhere.clear();
    }
    // The secret is sent to each of them, so only once.
    elsewhere.sort_unstable();
    elsewhere.dedup();
    let now = app.clock.now();
    let asked = hand_over::of(conn, app, actor, onboarding).await?;
    let firm_id = onboarding.firm_id;
    credentials::end_outdated_proof(conn, connection, now).await?;
    let access = credentials::find_access(conn, connection)
        .await?
        .ok_or(Refused::no_access(connection.target.access_way))?;
    let same = checks::find_counting(conn, firm_id, connection.id, purpose).await?;
    if same.as_ref().is_some_and(|run| run.finished_at.is_none()) {
        return Ok(Started::UnderWay);
    }
    let rows = rows(conn, purpose, settings.as_ref(), same.as_ref()).await?;
    let waiting = same.as_ref().filter(|run| run.retry_at.is_some());
    let (id, of) = (app.clock.new_id(), (firm_id, connection.id));
    let what = (purpose, settings);
    let check_run = CheckRun {
        elsewhere,
        code: waiting.and_then(|run| run.code),
        ..CheckRun::new(id, of, access.credential(), what, actor.name(), now)
    };
    checks::create(conn, &check_run, &rows).await?;
    if let Some(earlier) = same {
        checks::clear_retry(conn, firm_id, earlier.id).await?;
    }
    work::put(conn, task(check_run.firm_id, check_run.id), now).await?;
    hand_over::checked(conn, asked.as_ref(), now).await?;
    record(conn, app, actor, onboarding.id, &check_run, now).await?;
    Ok(Started::New)
}

/// The choice that the checks are for, or which step is missing. Before anything is chosen, the
/// draft says what is worth a warning.
fn subject(
    onboarding: &Onboarding,
    connection: Option<&Connection>,
    purpose: CheckPurpose,
) -> Result<Option<Settings>, Refused> {
    let chosen = connection.and_then(|connection| connection.settings.clone());
    match purpose {
        CheckPurpose::Verify => {
            onboarding.may_show(Stage::Verify)?;
            Ok(chosen.or(onboarding.draft.clone()))
        }
        CheckPurpose::Permissions => {
            onboarding.may_show(Stage::Permissions)?;
            match chosen {
                Some(settings) => Ok(Some(settings)),
                None => Err(Refused::Before(Stage::Settings)),
            }
        }
    }
}

/// The rows of a new run: rows that passed in the last run keep their result and time, unless all
/// passed; then all are checked again.
async fn rows(
    conn: &mut PgConnection,
    purpose: CheckPurpose,
    settings: Option<&Settings>,
    before: Option<&CheckRun>,
) -> Result<Vec<CheckRow>, Error> {
    let checks = match purpose {
        CheckPurpose::Verify => Check::VERIFY.to_vec(),
        CheckPurpose::Permissions => {
            Check::permissions(settings.map_or(&[], |settings| settings.choices()))
        }
    };
    let earlier = match before {
        Some(run) => checks::list_rows(conn, run.firm_id, run.id).await?,
        None => Vec::new(),
    };
    let all_passed = earlier
        .iter()
        .all(|row| row.result.as_ref().is_some_and(CheckResult::lets_pass));
    let kept = if all_passed {
        Vec::new()
    } else {
        kept(earlier)
    };
    Ok(checks
        .into_iter()
        .map(|check| {
            let of_check = kept.iter().find(|row| row.check == check);
            of_check.cloned().unwrap_or_else(|| CheckRow::fresh(check))
        })
        .collect())
}

async fn record(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    onboarding_id: OnboardingId,
    run: &CheckRun,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let verb = match run.purpose {
        CheckPurpose::Verify => ActivityVerb::VerificationStarted,
        CheckPurpose::Permissions => ActivityVerb::PermissionsStarted,
    };
    let mut activity = NewActivity::new(app.clock.new_id(), now, actor, verb);
    if !run.elsewhere.is_empty() {
        activity = activity.with(json!({ "also_tried_at": run.elsewhere }));
    }
    activities::record(conn, &activity).await?;
    queue_lines::refresh(conn, run.firm_id, onboarding_id, now).await?;
    Ok(())
}
