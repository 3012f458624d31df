//! *Check and replace*: another Client ID and secret take the place of those in use, once they passed
//! every check.

use anyhow::Context as _;
use serde_json::json;
use sqlx::PgConnection;

use super::onboarding::{Seen, check_version};
use super::{Error, onboarding};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::checks;
use crate::connection::{Connection, Settings};
use crate::events;
use crate::identity::{Actor, CredentialId, FirmId, Verb};
use crate::onboarding::CheckPurpose;
use crate::procore::{ClientId, ClientSecret};
use crate::store::checks::{self as stored_checks, CheckOutcome, CheckRow, CheckRun};
use crate::store::credentials::{self, Credential};
use crate::store::{activities, connections, onboardings, tokens};
use crate::vault::Purpose;
use crate::verdict::Check;
use crate::watch;
use crate::work::{self, Lease};

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
    let announced = connections::find_announced(&mut tx, firm_id, connection.id).await?;
    let announced = announced.ok_or(Error::Stale)?;
    credentials::add_candidate(&mut tx, &candidate).await?;
    check(&mut tx, app, &candidate, announced).await?;
    record(
        &mut tx,
        app,
        actor,
        ActivityVerb::ReplacementAsked,
        &candidate,
    )
    .await?;
    tx.commit().await?;
    Ok(ReplacementOutcome::Checking)
}

/// Starts checking a candidate: everything that `announced` needs.
async fn check(
    conn: &mut PgConnection,
    app: &App,
    candidate: &Credential,
    announced: Settings,
) -> Result<(), Error> {
    let (firm_id, now) = (candidate.firm_id, app.clock.now());
    let rows = Check::permissions(announced.choices()).into_iter();
    let rows: Vec<CheckRow> = rows.map(CheckRow::fresh).collect();
    let (id, of) = (app.clock.new_id(), (firm_id, candidate.connection_id));
    let what = (CheckPurpose::Permissions, Some(announced));
    let run = CheckRun::new(id, of, candidate.id, what, &candidate.created_by, now);
    stored_checks::create(conn, &run, &rows).await?;
    Ok(work::put(conn, checks::task(firm_id, run.id), now).await?)
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
    let connection = lock(&mut tx, firm_id, &candidate).await?;
    if credentials::find_candidate(&mut tx, firm_id, id)
        .await?
        .is_none()
    {
        return Ok(()); // dropped while we waited for the lock
    }
    let run = stored_checks::find_of_credential(&mut tx, firm_id, id).await?;
    let system = Actor::system_for(firm_id);
    let passed = |run: &&CheckRun| run.outcome == Some(CheckOutcome::Passed);
    let (Some(connection), Some(passed)) = (&connection, run.as_ref().filter(passed)) else {
        let goes_on =
            |run: CheckRun| run.finished_at.is_none() || run.outcome == Some(CheckOutcome::Waiting);
        if connection.is_some() && run.is_some_and(goes_on) {
            return Ok(());
        }
        let now = app.clock.now();
        credentials::drop_candidate(&mut tx, firm_id, candidate.connection_id, now).await?;
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
    let verb = ActivityVerb::CredentialsReplaced;
    record(&mut tx, app, &system, verb, &candidate).await?;
    watch::connections::look_now(&mut tx, firm_id, connection.id, now).await?;
    work::put(&mut tx, events::task(firm_id, connection.id), now).await?;
    tx.commit().await?;
    if let (Some(before), Some(token)) = (before, token) {
        app.take_back(firm_id, before, &token).await;
    }
    Ok(())
}

/// The candidate's connection, unless it has ended; locked until the transaction ends.
async fn lock(
    conn: &mut PgConnection,
    firm_id: FirmId,
    candidate: &Credential,
) -> Result<Option<Connection>, Error> {
    let id = candidate.connection_id;
    let onboarding = onboardings::find_id_of_connection(conn, firm_id, id).await?;
    let onboarding = onboarding.ok_or(Error::Missing)?;
    let stored = onboardings::find_for_update(conn, firm_id, onboarding).await?;
    let connection = stored.and_then(|stored| stored.connection);
    Ok(connection.filter(|it| it.is_connected()))
}

async fn record(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    verb: ActivityVerb,
    candidate: &Credential,
) -> Result<(), Error> {
    let facts = json!({ "fingerprint": candidate.fingerprint });
    let activity = app.activity(actor, verb).with(facts);
    Ok(activities::record(conn, &activity).await?)
}
