//! *Check and replace*: another Client ID and secret take the place of those in use, once they passed
//! every check.

use anyhow::Context as _;
use chrono::TimeDelta;
use serde_json::json;
use sqlx::PgConnection;

use super::onboarding::{Seen, check_version};
use super::retry_run::{self, RunStanding};
use super::{Error, onboarding, repair_webhook};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::checks;
use crate::connection::{Connection, Settings, Target};
use crate::engine;
use crate::events;
use crate::identity::{Actor, CredentialId, FirmId, Verb};
use crate::ledger::RunKind;
use crate::onboarding::{CheckPurpose, Onboarding};
use crate::procore::{ClientId, ClientSecret};
use crate::store::checks::{self as stored_checks, CheckOutcome, CheckRow, CheckRun};
use crate::store::credentials::{self, Credential, StoredAccess};
use crate::store::{
    activities, connections, install_waits, left_hooks, onboardings, project_runs, runs, tokens,
};
use crate::vault::Purpose;
use crate::verdict::Check;
use crate::watch;
use crate::webhooks;
use crate::work::{self, Lease, Task};

/// How long the removal of an old app's webhook may take at most.
const REMOVED_BY: TimeDelta = TimeDelta::minutes(1);

/// The result of asking for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplacementOutcome {
    /// They are being checked.
    Checking,
    /// They are those in use.
    AlreadyInUse,
}

/// Seals new details beside those in use, and starts checking them. What was being checked before is
/// dropped.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    client_id: &ClientId,
    secret: &ClientSecret,
) -> Result<ReplacementOutcome, Error> {
    let firm_id = actor.may(Verb::ReplaceCredentials)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = onboarding::lock(&mut tx, firm_id, seen).await?;
    check_version(&stored.onboarding, seen)?;
    let connection = stored.connection.filter(Connection::is_connected);
    let connection = connection.ok_or(Error::Stale)?;
    let current = credentials::find_current(&mut tx, firm_id, connection.id).await?;
    let is_same = |current: &Credential| {
        current.client_id == client_id.as_str() && app.is_same_secret(current, secret.secret())
    };
    if current.as_ref().is_some_and(is_same) {
        return Ok(ReplacementOutcome::AlreadyInUse);
    }
    let purpose = Purpose::ProcoreSecret;
    let candidate = Credential {
        id: app.clock.new_id(),
        firm_id,
        connection_id: connection.id,
        client_id: client_id.as_str().to_owned(),
        secret: app.vault.seal(purpose, firm_id, secret.secret())?,
        fingerprint: app.vault.fingerprint(secret.secret()),
        created_by: actor.name().to_owned(),
        created_at: now,
    };
    let candidate = StoredAccess::FirmClient(candidate);
    install_waits::forget(&mut tx, (firm_id, stored.onboarding.id)).await?;
    propose(&mut tx, app, actor, &candidate).await?;
    tx.commit().await?;
    Ok(ReplacementOutcome::Checking)
}

/// Keeps an access beside the one in use and starts checking it, for an onboarding locked by the
/// caller's transaction.
pub(super) async fn propose(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    candidate: &StoredAccess,
) -> Result<(), Error> {
    let (firm_id, connection) = candidate.of();
    let announced = connections::find_announced(conn, firm_id, connection).await?;
    let announced = announced.ok_or(Error::Stale)?;
    credentials::add_candidate(conn, candidate).await?;
    check(conn, app, candidate, announced).await?;
    record(conn, app, actor, ActivityVerb::ReplacementAsked, candidate).await
}

/// Starts checking a candidate: everything that `announced` needs.
async fn check(
    conn: &mut PgConnection,
    app: &App,
    candidate: &StoredAccess,
    announced: Settings,
) -> Result<(), Error> {
    let (of, now) = (candidate.of(), app.clock.now());
    let rows = Check::permissions(announced.choices()).into_iter();
    let rows: Vec<CheckRow> = rows.map(CheckRow::fresh).collect();
    let what = (CheckPurpose::Permissions, Some(announced));
    let (id, by) = (app.clock.new_id(), candidate.created_by());
    let run = CheckRun::new(id, of, candidate.credential(), what, by, now);
    stored_checks::create(conn, &run, &rows).await?;
    Ok(work::put(conn, checks::task(run.firm_id, run.id), now).await?)
}

/// Concludes what the checks of a candidate came to: it takes the place of the details in use in one
/// transaction, or its secret is wiped. It is checked again if more is brought by now.
pub(crate) async fn settle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a candidate of no firm")?;
    let id = CredentialId(lease.key);
    let mut tx = app.db.begin().await?;
    let Some(candidate) = credentials::find_candidate(&mut tx, firm_id, id).await? else {
        return Ok(());
    };
    let (onboarding, mut connection) = lock(&mut tx, firm_id, &candidate).await?;
    if credentials::find_candidate(&mut tx, firm_id, id)
        .await?
        .is_none()
    {
        return Ok(()); // dropped while we waited for the lock
    }
    let run = stored_checks::find_of_credential(&mut tx, firm_id, id).await?;
    let system = Actor::system_for(firm_id);
    let passed = |run: &&CheckRun| run.outcome == Some(CheckOutcome::Passed);
    let (Some(connection), Some(passed)) = (&mut connection, run.as_ref().filter(passed)) else {
        let goes_on =
            |run: CheckRun| run.finished_at.is_none() || run.outcome == Some(CheckOutcome::Waiting);
        if connection.is_some() && run.is_some_and(goes_on) {
            return Ok(());
        }
        let now = app.clock.now();
        let (_, of) = candidate.of();
        credentials::drop_candidate(&mut tx, firm_id, of, now).await?;
        let verb = ActivityVerb::ReplacementRefused;
        record(&mut tx, app, &system, verb, &candidate).await?;
        return Ok(tx.commit().await?);
    };
    let announced = connections::find_announced(&mut tx, firm_id, connection.id).await?;
    let announced = announced.context("a connection without settings")?;
    let tested = passed.settings.as_ref();
    if !tested.is_some_and(|tested| announced.to_read_after(tested).is_empty()) {
        check(&mut tx, app, &candidate, announced).await?;
        return Ok(tx.commit().await?);
    }
    let given = credentials::find_given(&mut tx, connection).await?;
    let replaced = given.map(|it| it.client_id().to_owned());
    let before = credentials::find_access(&mut tx, connection).await?;
    // One that does not open any more has no token that could be revoked.
    let before = before.and_then(|before| app.access(connection, &before).ok());
    let now = app.clock.now();
    let token = match &before {
        Some(before) => tokens::find(&mut tx, firm_id, before.credential).await?,
        None => None,
    };
    if let (Some(before), Some(token)) = (&before, &token) {
        tokens::forget(&mut tx, firm_id, before.credential, token.minted_at).await?;
    }
    credentials::use_candidate(&mut tx, &candidate, now).await?;
    let access_way = candidate.way(connection.target.access_way);
    if access_way != connection.target.access_way {
        let target = Target {
            access_way,
            ..connection.target.clone()
        };
        connection.lead_to(target)?;
        connections::save(&mut tx, connection).await?;
    }
    let verb = ActivityVerb::CredentialsReplaced;
    record(&mut tx, app, &system, verb, &candidate).await?;
    let other_app = replaced.filter(|it| it != candidate.client_id());
    // A repair by the old app is begun again by the new one.
    let kinds = RunKind::ALL.into_iter();
    let kinds = kinds.filter(|kind| other_app.is_none() || *kind != RunKind::Repair);
    go_on(&mut tx, app, &system, (&onboarding, connection), kinds).await?;
    let take_over = match &other_app {
        Some(other) => {
            Some(take_over(&mut tx, app, &system, (&onboarding, connection), other).await?)
        }
        None => None,
    };
    watch::connections::look_now(&mut tx, firm_id, connection.id, now).await?;
    work::put(&mut tx, events::task(firm_id, connection.id), now).await?;
    tx.commit().await?;
    if let Some(before) = before {
        let old = app.by_ended_access(firm_id, before, token.as_ref());
        if let Some(client_id) = &other_app {
            webhooks::left::remove(app, connection, (&old, client_id)).await?;
        }
        // It lapses soon, also if Procore does not take it back.
        if let Err(error) = old.revoke_token().await {
            tracing::info!("Procore did not take a token back: {error}");
        }
    }
    if let Some(take_over) = take_over {
        let mut conn = app.db.acquire_for_write().await?;
        work::put(&mut conn, take_over, now).await?;
        conn.finish().await?;
    }
    Ok(())
}

/// Has what stands still for want of access go on with the new details: they passed every check.
async fn go_on(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (onboarding, connection): (&Onboarding, &Connection),
    kinds: impl Iterator<Item = RunKind>,
) -> Result<(), Error> {
    let (firm, id) = (connection.firm_id, connection.id);
    for kind in kinds {
        let run = runs::find_open(conn, firm, id, kind).await?;
        let code = run.and_then(|run| run.code);
        if code.is_some_and(|code| !code.is_wait()) {
            let standing = RunStanding::WaitsOrNeedsPerson;
            retry_run::retry(conn, app, actor, onboarding, kind, standing).await?;
        }
    }
    project_runs::wake_stopped(conn, (firm, id), app.clock.now()).await?;
    project_runs::go_on(conn, (firm, id), app.clock.now()).await?;
    Ok(())
}

/// Sets the webhook up again for another app than the one before, which alone may see its own. Returns
/// the work, which waits until the old one was removed: the new app would adopt it if it does see it.
async fn take_over(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (onboarding, connection): (&Onboarding, &Connection),
    other_app: &str,
) -> Result<Task, Error> {
    let (firm, id, now) = (connection.firm_id, connection.id, app.clock.now());
    // A run that sets a webhook up locks itself before the webhook.
    let run = repair_webhook::begin_over(conn, app, actor, onboarding, connection).await?;
    left_hooks::leave_with(conn, firm, id, other_app, now).await?;
    let task = engine::task(firm, run);
    work::put_off(conn, task, now + REMOVED_BY).await?;
    // Each project catches up, too, with a webhook of the new app.
    project_runs::catch_up_all(conn, (firm, id)).await?;
    let queue = project_runs::queue_task(firm, id);
    work::put_off(conn, queue, now + REMOVED_BY).await?;
    Ok(task)
}

/// The candidate's setup, and its connection unless that has ended; locked until the transaction ends.
async fn lock(
    conn: &mut PgConnection,
    firm_id: FirmId,
    candidate: &StoredAccess,
) -> Result<(Onboarding, Option<Connection>), Error> {
    let (_, id) = candidate.of();
    let onboarding = onboardings::find_id_of_connection(conn, firm_id, id).await?;
    let onboarding = onboarding.ok_or(Error::Missing)?;
    let stored = onboardings::find_for_update(conn, firm_id, onboarding).await?;
    let stored = stored.ok_or(Error::Missing)?;
    let connection = stored.connection.filter(Connection::is_connected);
    Ok((stored.onboarding, connection))
}

async fn record(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    verb: ActivityVerb,
    candidate: &StoredAccess,
) -> Result<(), Error> {
    let facts = match candidate {
        StoredAccess::FirmClient(own) => json!({ "fingerprint": own.fingerprint }),
        StoredAccess::VendorClient(proof) => json!({ "proven_by": proof.person.login }),
    };
    let activity = app.activity(actor, verb).with(facts);
    Ok(activities::record(conn, &activity).await?)
}
