//! *Check and replace*: another Client ID and secret take the place of those in use, once they passed
//! every check.

use anyhow::Context as _;
use serde_json::json;
use sqlx::PgConnection;

use super::Error;
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::checks;
use crate::connection::Connection;
use crate::events;
use crate::identity::{Actor, CredentialId, FirmId, Verb};
use crate::onboarding::CheckPurpose;
use crate::procore::{ClientId, ClientSecret};
use crate::store::checks::{CheckOutcome, CheckRow, CheckRun};
use crate::store::credentials::{self, Credential};
use crate::store::{activities, checks as stored_checks, onboardings, tokens};
use crate::vault::Purpose;
use crate::verdict::Check;
use crate::watch;
use crate::work::{self, Lease};

/// Seals new details beside those in use, and starts checking them: everything that the choice in use
/// needs. What was being checked before is dropped.
pub async fn run(
    app: &App,
    actor: &Actor,
    connection: &Connection,
    client_id: &ClientId,
    secret: &ClientSecret,
) -> Result<(), Error> {
    let firm_id = actor.may(Verb::ReplaceCredentials)?;
    let now = app.clock.now();
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
    let mut tx = app.db.begin().await?;
    let connection = lock(&mut tx, firm_id, &candidate).await?;
    let connection = connection.ok_or(Error::Stale)?;
    let settings = connection.settings.clone().ok_or(Error::Stale)?;
    credentials::add_candidate(&mut tx, &candidate).await?;
    let rows = Check::permissions(settings.choices()).into_iter();
    let rows: Vec<CheckRow> = rows.map(CheckRow::fresh).collect();
    let (id, of) = (app.clock.new_id(), (firm_id, connection.id));
    let what = (CheckPurpose::Permissions, Some(settings));
    let run = CheckRun::new(id, of, candidate.id, what, actor.name(), now);
    stored_checks::create(&mut tx, &run, &rows).await?;
    work::put(&mut tx, checks::task(firm_id, run.id), now).await?;
    record(
        &mut tx,
        app,
        actor,
        ActivityVerb::ReplacementAsked,
        &candidate,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Concludes what the checks of a candidate came to: it takes the place of the details in use in one
/// transaction, or its secret is wiped.
pub(crate) async fn settle(app: &App, lease: &Lease) -> anyhow::Result<()> {
    let firm_id = lease.firm_id.context("a candidate of no firm")?;
    let id = CredentialId(lease.key);
    let mut tx = app.db.begin().await?;
    let Some(candidate) = credentials::find_candidate(&mut tx, firm_id, id).await? else {
        return Ok(());
    };
    let connection = lock(&mut tx, firm_id, &candidate).await?;
    let run = stored_checks::find_of_credential(&mut tx, firm_id, id).await?;
    let outcome = run.and_then(|run| run.outcome);
    let system = Actor::system_for(firm_id);
    let (Some(connection), Some(CheckOutcome::Passed)) = (&connection, outcome) else {
        if outcome == Some(CheckOutcome::Waiting) && connection.is_some() {
            return Ok(()); // it is asked for again
        }
        let now = app.clock.now();
        credentials::drop_candidate(&mut tx, firm_id, candidate.connection_id, now).await?;
        let verb = ActivityVerb::ReplacementRefused;
        record(&mut tx, app, &system, verb, &candidate).await?;
        return Ok(tx.commit().await?);
    };
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
