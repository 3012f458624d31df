//! An admin, or a colleague with that task, enters the Procore details.

use serde_json::json;
use sqlx::PgConnection;

use super::confirm_checks::evidence;
use super::onboarding::{Change, Seen, check_version, lock, save};
use super::retry_run::{self, RunStanding};
use super::{Error, hand_over, start_checks};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::connection::{Connection, Target};
use crate::identity::{Actor, Verb};
use crate::ledger::{RunKind, RunState};
use crate::onboarding::{CheckPurpose, Evidence, Onboarding, Stage};
/// What a form has to prove before it comes here.
pub use crate::procore::{ClientId, ClientSecret, ClientSecretError, CompanyId};
use crate::store::credentials::{self, Credential};
use crate::store::hand_overs::HandOver;
use crate::store::{connections, runs, tokens};
use crate::vault::Purpose;

/// The Procore details, validated by a form.
#[derive(Debug)]
pub struct Details {
    pub target: Target,
    pub client_id: ClientId,
    /// `None` keeps the secret that is stored.
    pub client_secret: Option<ClientSecret>,
}

/// Why details were refused.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// No secret was given and none is stored for this company and client.
    #[error("there is no client secret yet")]
    SecretMissing,
    #[error(transparent)]
    Flow(Error),
}

impl<E: Into<Error>> From<E> for SubmitError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// The secret of submitted details.
#[derive(Clone, Copy)]
enum Secret<'a> {
    /// The stored one, not typed or typed again.
    Same(&'a Credential),
    Fresh(&'a ClientSecret),
}

/// Seals a firm's new details and starts checking them, together or not at all.
///
/// The same details again (a double click, a form sent twice) change nothing, and are checked unless
/// they passed. A completion that waited for a person resumes with new ones. Returns the step where
/// the setup stands.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    details: &Details,
) -> Result<Stage, SubmitError> {
    let firm_id = actor.may(Verb::SubmitCredentials)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let stored = lock(&mut tx, firm_id, seen).await?;
    let (mut onboarding, known) = (stored.onboarding, stored.connection);
    let task = hand_over::of(&mut tx, app, actor, &onboarding).await?;
    let current = match &known {
        Some(known) => credentials::find_current(&mut tx, firm_id, known.id).await?,
        None => None,
    };
    // A colleague may keep the secret they entered, but not the admin's.
    let is_own = |current: &&Credential| {
        let own = |task: &HandOver| task.credential_id == Some(current.id);
        task.as_ref().is_none_or(own)
    };
    let same_client = current
        .as_ref()
        .filter(|current| current.client_id == details.client_id.as_str());
    let secret = match (&details.client_secret, same_client) {
        (Some(given), Some(same)) if app.is_same_secret(same, given.secret()) => Secret::Same(same),
        (Some(given), _) => Secret::Fresh(given),
        (None, Some(same)) if is_own(&same) => Secret::Same(same),
        (None, _) => return Err(SubmitError::SecretMissing),
    };
    let known_target = known.as_ref().map(|known| &known.target);
    let same_pair = match secret {
        Secret::Same(same) => known_target
            .filter(|known| known.environment == details.target.environment)
            .map(|_| same),
        Secret::Fresh(_) => None,
    };
    let unchanged = same_pair.is_some()
        && onboarding.stage > Stage::Credentials
        && known_target == Some(&details.target);
    if let (true, Some(current)) = (unchanged, &current) {
        // The same form sent twice, or nothing changed: what passed still holds.
        hand_over::entered(&mut tx, task.as_ref(), current.id, now).await?;
        if let (Stage::Verify, Some(known)) = (onboarding.stage, &known)
            && evidence(&mut tx, known, CheckPurpose::Verify).await? == Evidence::Missing
        {
            verify(&mut tx, app, actor, (&onboarding, known)).await?;
        }
        tx.commit().await?;
        return Ok(onboarding.stage);
    }
    check_version(&onboarding, seen)?;

    let mut connection = known.unwrap_or_else(|| {
        let id = app.clock.new_id();
        Connection::open(id, firm_id, details.target.clone(), now)
    });
    let completion = RunKind::Completion;
    let run = runs::find_open_for_update(&mut tx, firm_id, connection.id, completion).await?;
    let needs_person = run.is_some_and(|run| run.state == RunState::NeedsPerson);
    let target = details.target.clone();
    onboarding.submit_credentials(&mut connection, target, needs_person, now)?;
    connections::save(&mut tx, &connection).await?;
    let (secret, fingerprint) = match secret {
        Secret::Same(same) => (same.secret.clone(), same.fingerprint.clone()),
        Secret::Fresh(secret) => {
            let (purpose, secret) = (Purpose::ProcoreSecret, secret.secret());
            let sealed = app.vault.seal(purpose, firm_id, secret);
            (sealed?, app.vault.fingerprint(secret))
        }
    };
    let credential = Credential {
        id: app.clock.new_id(),
        firm_id,
        connection_id: connection.id,
        client_id: details.client_id.as_str().to_owned(),
        secret,
        fingerprint,
        created_by: actor.name().to_owned(),
        created_at: now,
    };
    credentials::replace_current(&mut tx, &credential).await?;
    if let Some(before) = same_pair {
        // Only the company changed: the token of these credentials stays valid.
        tokens::carry_over(&mut tx, firm_id, before.id, credential.id).await?;
    }
    hand_over::entered(&mut tx, task.as_ref(), credential.id, now).await?;
    hand_over::overtake_others(&mut tx, &onboarding, task.as_ref(), now).await?;
    let change = Change {
        details: json!({
            "company_id": details.target.company_id,
            "environment": details.target.environment,
            "fingerprint": credential.fingerprint,
        }),
        ..Change::new(ActivityVerb::SetupDetailsEntered)
    };
    save(&mut tx, app, actor, &mut onboarding, change, now).await?;
    if needs_person {
        // The completion waited for these details, so resume it.
        let standing = RunStanding::NeedsPerson;
        retry_run::retry(&mut tx, app, actor, &onboarding, completion, standing).await?;
    } else {
        verify(&mut tx, app, actor, (&onboarding, &connection)).await?;
    }
    tx.commit().await?;
    Ok(onboarding.stage)
}

/// Starts the checks of the details.
async fn verify(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (onboarding, connection): (&Onboarding, &Connection),
) -> Result<(), Error> {
    let walk = (onboarding, Some(connection));
    start_checks::start(conn, app, actor, walk, CheckPurpose::Verify, Vec::new()).await?;
    Ok(())
}
