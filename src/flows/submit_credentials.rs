//! An admin, or the colleague who was asked to, enters the Procore details.

use serde_json::json;

use super::onboarding::{Change, Seen, check_version, lock, save};
use super::retry_run::{self, Standing};
use super::{Error, hand_over};
use crate::activity::ActivityVerb;
use crate::app::App;
use crate::identity::{Actor, Verb};
use crate::onboarding::ledger::RunState;
use crate::onboarding::{Stage, Target};
/// What a form has to prove before it comes here.
pub use crate::procore::{ClientId, ClientSecret, ClientSecretError, CompanyId};
use crate::store::credentials::{self, Credential};
use crate::store::hand_overs::HandOver;
use crate::store::{runs, tokens};
use crate::vault::Purpose;

/// The Procore details as a form proved them to be well formed.
#[derive(Debug)]
pub struct Details {
    pub target: Target,
    pub client_id: ClientId,
    /// `None` keeps the secret that is stored.
    pub client_secret: Option<ClientSecret>,
}

/// Why details were not taken.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// No secret was given and none is stored for this company and client.
    #[error("Enter the client secret")]
    SecretMissing,
    #[error(transparent)]
    Flow(Error),
}

impl<E: Into<Error>> From<E> for SubmitError {
    fn from(error: E) -> Self {
        Self::Flow(error.into())
    }
}

/// Seals a firm's new details and sends it to verification, together or not at all.
///
/// The same details once more (a double click, a page sent twice) change nothing. A completion that
/// waited for a person goes on with new ones. Returns the next step.
pub async fn run(
    app: &App,
    actor: &Actor,
    seen: Seen,
    details: &Details,
) -> Result<Stage, SubmitError> {
    let firm_id = actor.may(Verb::SubmitCredentials)?;
    let now = app.clock.now();
    let mut tx = app.db.begin().await?;
    let mut onboarding = lock(&mut tx, firm_id, seen).await?.onboarding;
    let task = hand_over::of(&mut tx, app, actor, &onboarding).await?;
    let current = credentials::find_current(&mut tx, firm_id.into(), onboarding.id).await?;
    // A colleague's own secret stays when the rest is corrected, the admin's is none of theirs.
    let kept = current.as_ref().filter(|current| {
        let own = |task: &HandOver| task.credential_id == Some(current.id.into());
        task.as_ref().is_none_or(own)
    });
    let (sealed, fingerprint) = match (&details.client_secret, kept) {
        (Some(secret), _) => {
            let secret = secret.secret();
            let sealed = app.vault.seal(Purpose::ProcoreSecret, firm_id, secret)?;
            (sealed, app.vault.fingerprint(secret))
        }
        (None, Some(current)) if current.client_id == details.client_id.as_str() => {
            let sealed = current.secret.clone().ok_or(SubmitError::SecretMissing)?;
            (sealed, current.fingerprint.clone())
        }
        (None, _) => return Err(SubmitError::SecretMissing),
    };
    let same_pair = current.as_ref().filter(|current| {
        current.environment == details.target.environment
            && current.client_id == details.client_id.as_str()
            && current.fingerprint == fingerprint
    });
    let unchanged = same_pair.is_some()
        && onboarding.stage > Stage::Credentials
        && onboarding.target.as_ref() == Some(&details.target);
    if let (true, Some(current)) = (unchanged, &current) {
        // The same page sent twice, or nothing typed: what was proven still holds.
        hand_over::entered(&mut tx, task.as_ref(), current.id.into(), now).await?;
        tx.commit().await?;
        return Ok(next(onboarding.stage));
    }
    check_version(&onboarding, seen)?;

    let run = runs::find_open_for_update(&mut tx, firm_id.into(), onboarding.id).await?;
    let needs_person = run.is_some_and(|run| run.state == RunState::NeedsPerson);
    onboarding.submit_credentials(details.target.clone(), needs_person, now)?;
    let credential = Credential {
        id: app.clock.new_id(),
        firm_id: firm_id.into(),
        onboarding_id: onboarding.id,
        environment: details.target.environment.clone(),
        company_id: details.target.company_id,
        client_id: details.client_id.as_str().to_owned(),
        secret: Some(sealed),
        fingerprint,
        created_by: actor.name().to_owned(),
        created_at: now,
    };
    credentials::replace_current(&mut tx, &credential).await?;
    if let Some(before) = same_pair {
        // Only the company was corrected: the token that the pair brought is as good as before.
        tokens::carry_over(&mut tx, firm_id.into(), before.id, credential.id).await?;
    }
    hand_over::entered(&mut tx, task.as_ref(), credential.id.into(), now).await?;
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
        // What a completion waited for is here; nobody has to say so once more.
        let firm_id = firm_id.into();
        retry_run::retry(
            &mut tx,
            app,
            actor,
            firm_id,
            onboarding.id,
            Standing::NeedsPerson,
        )
        .await?;
    }
    tx.commit().await?;
    Ok(next(onboarding.stage))
}

/// Where the firm goes on: to the checks, or back to its completion.
fn next(stage: Stage) -> Stage {
    match stage {
        Stage::Completing => Stage::Completing,
        Stage::Review
        | Stage::Credentials
        | Stage::Verify
        | Stage::Settings
        | Stage::Permissions
        | Stage::Complete
        | Stage::Done => Stage::Verify,
    }
}
