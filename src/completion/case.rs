//! What a run works on, read once when it is taken up.

use uuid::Uuid;

use super::failure::{Failure, Halt};
use super::hands::Hands;
use crate::app::App;
use crate::procore::{Access, ClientId, ClientSecret, CompanyApi, CompanyId, Urgency};
use crate::store::credentials::{self, Credential};
use crate::store::integrations::{self, Integration};
use crate::store::runs::{self, Run};
use crate::vault::Purpose;
use crate::verdict::ReasonCode;

/// A run with its integration and the access to Procore that it uses.
pub(super) struct Case {
    pub run: Run,
    pub integration: Integration,
    /// The way into Procore, or what bars it; not every action needs one.
    door: Result<Door, Failure>,
}

struct Door {
    /// The pair in use: the newest that the firm entered, which `reverify` proves.
    credential_id: Uuid,
    api: CompanyApi,
}

impl Case {
    /// Reads everything that the actions need.
    pub async fn load(hands: &Hands<'_>) -> Result<Self, Halt> {
        let mut conn = hands.app.db.acquire().await?;
        let (firm_id, run_id) = (hands.held.firm_id, hands.held.run_id);
        let missing = |what: &str| Halt::Ours(anyhow::anyhow!("run {run_id} has no {what}"));
        let run = runs::find(&mut conn, firm_id, run_id)
            .await?
            .ok_or_else(|| missing("row"))?;
        let integration = integrations::find(&mut conn, firm_id, run.integration_id)
            .await?
            .ok_or_else(|| missing("integration"))?;
        let credential = credentials::find_current(&mut conn, firm_id, run.onboarding_id).await?;
        let door = match credential {
            Some(credential) => open(hands.app, &integration, &credential),
            None => Err(Failure::NeedsPerson(ReasonCode::Credentials)),
        };
        Ok(Self {
            run,
            integration,
            door,
        })
    }

    /// Speaks to Procore for the firm.
    pub fn api(&self) -> Result<&CompanyApi, Halt> {
        self.door().map(|door| &door.api)
    }

    /// The pair that [`Self::api`] uses.
    pub fn credential_id(&self) -> Result<Uuid, Halt> {
        self.door().map(|door| door.credential_id)
    }

    fn door(&self) -> Result<&Door, Halt> {
        self.door.as_ref().map_err(|bar| Halt::Failed(*bar))
    }
}

fn open(app: &App, integration: &Integration, credential: &Credential) -> Result<Door, Failure> {
    let access = access(app, integration, credential)?;
    Ok(Door {
        credential_id: credential.id,
        api: app.procore.company(access, Urgency::Background),
    })
}

/// What it takes to speak for the firm.
fn access(
    app: &App,
    integration: &Integration,
    credential: &Credential,
) -> Result<Access, Failure> {
    let needs = Failure::NeedsPerson;
    let environment = app
        .config
        .procore_environment(&integration.environment)
        .ok_or_else(|| needs(ReasonCode::Environment))?;
    let sealed = credential
        .secret
        .as_ref()
        .ok_or_else(|| needs(ReasonCode::Credentials))?;
    let secret = app
        .vault
        .open(Purpose::ProcoreSecret, integration.firm_id, sealed)
        .map_err(|error| {
            // A key that is gone does not come back by waiting: the secret is entered once more.
            tracing::error!(firm.id = %integration.firm_id, "A secret cannot be opened: {error}");
            needs(ReasonCode::Credentials)
        })?;
    Ok(Access {
        environment: environment.clone(),
        client_id: ClientId::trusted(credential.client_id.clone()),
        client_secret: ClientSecret::trusted(secret),
        company_id: CompanyId::trusted(integration.company_id),
        credential: credential.id,
    })
}
