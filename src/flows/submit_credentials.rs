//! An admin, or a colleague with that task, enters the Procore details.

use serde_json::{Value, json};
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
use crate::store::credentials::{self, Credential, StoredAccess};
use crate::store::hand_overs::HandOver;
use crate::store::{connections, install_waits, runs, tokens};
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
    let (onboarding, known) = (stored.onboarding, stored.connection);
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

    let connection = known.unwrap_or_else(|| {
        let id = app.clock.new_id();
        Connection::open(id, firm_id, details.target.clone(), now)
    });
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
    let (id, same) = (credential.id, same_pair.map(|same| same.id));
    let entered = Entered {
        target: details.target.clone(),
        facts: json!({ "fingerprint": credential.fingerprint }),
        access: StoredAccess::FirmClient(credential),
    };
    let walk = (onboarding, connection);
    let stage = enter(&mut tx, app, actor, walk, task.as_ref(), entered).await?;
    if let Some(before) = same {
        // Only the company changed: the token of these credentials stays valid.
        tokens::carry_over(&mut tx, firm_id, before, id).await?;
    }
    // With a key of the firm's own, nobody waits for the vendor's app any more.
    install_waits::forget(&mut tx, (firm_id, seen.onboarding_id)).await?;
    tx.commit().await?;
    Ok(stage)
}

/// What was entered or proven, and where it leads.
pub(super) struct Entered {
    pub target: Target,
    pub access: StoredAccess,
    /// What the record says of it besides the company.
    pub facts: Value,
}

/// Takes what gives access and starts checking it, for an onboarding locked by the caller's transaction.
/// A completion that waited for a person resumes with it. Returns the step where the setup stands.
pub(super) async fn enter(
    conn: &mut PgConnection,
    app: &App,
    actor: &Actor,
    (mut onboarding, mut connection): (Onboarding, Connection),
    task: Option<&HandOver>,
    entered: Entered,
) -> Result<Stage, Error> {
    let Entered {
        target,
        access,
        mut facts,
    } = entered;
    let (firm_id, now) = (onboarding.firm_id, app.clock.now());
    let completion = RunKind::Completion;
    let run = runs::find_open_for_update(conn, firm_id, connection.id, completion).await?;
    let needs_person = run.is_some_and(|run| run.state == RunState::NeedsPerson);
    facts["company_id"] = json!(target.company_id);
    facts["environment"] = json!(target.environment);
    onboarding.submit_credentials(&mut connection, target, needs_person, now)?;
    connections::save(conn, &connection).await?;
    credentials::replace_current(conn, &access).await?;
    hand_over::entered(conn, task, access.credential(), now).await?;
    hand_over::overtake_others(conn, &onboarding, task, now).await?;
    let change = Change {
        details: facts,
        ..Change::new(ActivityVerb::SetupDetailsEntered)
    };
    save(conn, app, actor, &mut onboarding, change, now).await?;
    if needs_person {
        // The completion waited for this, so resume it.
        let standing = RunStanding::NeedsPerson;
        retry_run::retry(conn, app, actor, &onboarding, completion, standing).await?;
    } else {
        verify(conn, app, actor, (&onboarding, &connection)).await?;
    }
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
