//! What a run works on, read once when it is taken up.

use sqlx::PgConnection;

use super::failure::{Failure, Halt};
use super::lease::RunLease;
use crate::app::{AccessError, App};
use crate::catalog::Ids;
use crate::connection::{AccessWay, Connection, Settings};
use crate::identity::OnboardingId;
use crate::ledger::RunKind;
use crate::procore::{CompanyApi, Urgency, Webhooks};
use crate::store::credentials::{self, StoredAccess};
use crate::store::runs::{self, Run};
use crate::store::{connections, onboardings, tokens};
use crate::sync::Source;
use crate::verdict::ReasonCode;

/// A run with its connection and the access to Procore that it uses.
pub(crate) struct RunContext {
    pub run: Run,
    pub connection: Connection,
    /// What it brings, or of a change what it will bring.
    pub settings: Settings,
    /// The setup that the connection comes from.
    pub onboarding_id: OnboardingId,
    /// Access to Procore with what the firm gave last, or why there is none; not
    /// every action needs it.
    api: Result<CompanyApi, Failure>,
    /// The details that it uses.
    access: Option<StoredAccess>,
}

impl RunContext {
    /// Reads everything that the actions need.
    pub(crate) async fn load(lease: &RunLease<'_>) -> Result<Self, Halt> {
        let mut conn = lease.app.db.acquire_for_write().await?;
        let (firm_id, run_id) = (lease.held.firm_id, lease.held.run_id);
        let missing = |what: &str| Halt::Ours(anyhow::anyhow!("run {run_id} has no {what}"));
        let run = runs::find(&mut conn, firm_id, run_id)
            .await?
            .ok_or_else(|| missing("row"))?;
        let id = run.connection_id;
        let connection = connections::find(&mut conn, firm_id, id)
            .await?
            .ok_or_else(|| missing("connection"))?;
        let settings = run.settings.clone().or(connection.settings.clone());
        let onboarding = onboardings::find_id_of_connection(&mut conn, firm_id, id).await?;
        credentials::end_outdated_proof(&mut conn, &connection, lease.now()).await?;
        let access = credentials::find_access(&mut conn, &connection).await?;
        let api = match &access {
            Some(access) => open(lease.app, &connection, access, urgency(run.kind)),
            None => Err(Failure::needs_person(match connection.target.access_way {
                AccessWay::VendorApp => credentials::why_unproven(&mut conn, &connection).await?,
                AccessWay::OwnApp | AccessWay::LegacyAccount => ReasonCode::Credentials,
            })),
        };
        conn.finish().await?;
        Ok(Self {
            run,
            connection,
            settings: settings.ok_or_else(|| missing("settings"))?,
            onboarding_id: onboarding.ok_or_else(|| missing("onboarding"))?,
            api,
            access,
        })
    }

    /// Whether the details that it uses are not those in use any more: what failed with them may succeed
    /// with the new ones.
    pub(crate) async fn is_outdated(&self, lease: &RunLease<'_>) -> Result<bool, Halt> {
        let mut conn = lease.app.db.acquire().await?;
        self.is_outdated_in(&mut conn).await
    }

    /// The same, as the caller's transaction sees it.
    pub(crate) async fn is_outdated_in(&self, conn: &mut PgConnection) -> Result<bool, Halt> {
        // The way of access may be another one as well.
        let (firm, id) = (self.connection.firm_id, self.connection.id);
        let now = match connections::find(conn, firm, id).await? {
            Some(connection) => credentials::find_access(conn, &connection).await?,
            None => None,
        };
        Ok(match (now, &self.access) {
            (Some(now), Some(used)) => !now.is(used.credential()),
            (Some(_), None) => true,
            (None, _) => false,
        })
    }

    /// The company by the details that it uses, and their Client ID, once those are not in use any more.
    pub(crate) async fn ended_access(
        &self,
        lease: &RunLease<'_>,
    ) -> Result<Option<(CompanyApi, String)>, Halt> {
        let Some(used) = self.access.as_ref() else {
            return Ok(None);
        };
        let (app, firm) = (lease.app, self.connection.firm_id);
        let mut conn = app.db.acquire_for_write().await?;
        if !self.is_outdated_in(&mut conn).await? {
            return Ok(None);
        }
        let Ok(opened) = app.access(&self.connection, used) else {
            return Ok(None);
        };
        // A call with the token that was taken back may have fetched another one.
        let token = tokens::find(&mut conn, firm, opened.credential).await?;
        if let Some(token) = &token {
            tokens::forget(&mut conn, firm, opened.credential, token.minted_at).await?;
        }
        conn.finish().await?;
        let client_id = used.client_id().to_owned();
        Ok(Some((
            app.by_ended_access(firm, opened, token.as_ref()),
            client_id,
        )))
    }

    /// Whether the vendor's app gives access, and what was proven is over: nobody can open the company for this
    /// run any more.
    pub(crate) fn is_unproven(&self) -> bool {
        self.access.is_none() && self.connection.target.access_way == AccessWay::VendorApp
    }

    /// Whose lists it reads: the company's, or those of its project.
    pub(crate) fn source(&self) -> Source {
        let company = Source::of_company(&self.connection);
        Source {
            ids: Ids {
                project: self.project_id(),
                ..company.ids
            },
            ..company
        }
    }

    /// Procore's number of its project; 0 for the company.
    pub(crate) fn project_id(&self) -> i64 {
        self.run.project_id.unwrap_or_default()
    }

    /// The webhooks of the company, or of its project.
    pub(crate) fn webhooks(&self) -> Result<Webhooks, Halt> {
        let api = self.api()?;
        Ok(match self.run.project_id {
            Some(project) => api.project_webhooks(project),
            None => api.webhooks(),
        })
    }

    /// Speaks to Procore for the firm.
    pub(crate) fn api(&self) -> Result<&CompanyApi, Halt> {
        self.api.as_ref().map_err(|bar| bar.clone().into())
    }
}

/// Whether somebody waits for a run at a page.
fn urgency(kind: RunKind) -> Urgency {
    match kind {
        RunKind::Repair => Urgency::Waiting,
        RunKind::Completion
        | RunKind::Removal
        | RunKind::Reading
        | RunKind::Change
        | RunKind::Project
        | RunKind::ProjectRemoval => Urgency::Background,
        RunKind::Reconcile | RunKind::ProjectReconcile => Urgency::Upkeep,
    }
}

fn open(
    app: &App,
    connection: &Connection,
    access: &StoredAccess,
    urgency: Urgency,
) -> Result<CompanyApi, Failure> {
    let opened = app.access(connection, access).map_err(|error| {
        let firm_id = connection.firm_id;
        tracing::error!(firm.id = %firm_id, "A connection cannot be opened: {error}");
        Failure::needs_person(match error {
            AccessError::UnknownEnvironment(_) => ReasonCode::Environment,
            // The operator took the app away, which no firm can fix.
            AccessError::NoVendorApp(_) => ReasonCode::Unexpected,
            AccessError::NotProven => ReasonCode::NotYours,
            // A key that is gone does not come back by waiting: the secret is entered again.
            AccessError::Vault(_) => ReasonCode::Credentials,
        })
    })?;
    Ok(app.procore.company(opened, urgency))
}
