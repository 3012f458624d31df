//! The look at how the app is installed.

use sqlx::PgConnection;

use super::look::{Findings, Site, Unanswered};
use crate::app::App;
use crate::config::VendorApp;
use crate::connection::incident::{Finding, Incident};
use crate::connection::{AccessWay, Connection};
use crate::procore::{CompanyId, Error, Installation, Urgency};
use crate::store::credentials::{self, AppVersion};
use crate::verdict::{Cause, ReasonCode, Refusal};

impl Site<'_> {
    /// Whether an update of the app waits. Keeps what installs the app again, for when it is gone.
    pub(super) async fn installation(&self) -> Findings {
        match self.connection.target.access_way {
            AccessWay::VendorApp | AccessWay::OwnApp => {}
            AccessWay::LegacyAccount => return Err(Unanswered::NotAsked),
        }
        let installation = match self.api.installation().await {
            Ok(Some(installation)) => installation,
            // It is not documented who may ask.
            Ok(None)
            | Err(
                Error::NotPermitted(_)
                | Error::NotVisible(_)
                | Error::Validation(_)
                | Error::Unexpected(_),
            ) => return Err(Unanswered::Unknown),
            Err(error) => return Err(Unanswered::ByProcore(error, Refusal::COMPANY)),
        };
        self.keep(&installation).await?;
        Ok(match installation.update_waits {
            true => vec![Finding::of(ReasonCode::AppUpdate)],
            false => Vec::new(),
        })
    }

    async fn keep(&self, installation: &Installation) -> anyhow::Result<()> {
        let firm = self.connection.firm_id;
        let app = AppVersion {
            key: installation.app_version_key.as_deref(),
            version: installation.version.as_deref(),
            update_waits: installation.update_waits,
        };
        let mut conn = self.app.db.acquire_for_write().await?;
        credentials::note_app_version(&mut conn, firm, self.credential, &app).await?;
        Ok(conn.finish().await?)
    }

    /// Whether the vendor's app is gone by Procore's own list, too. One refusal alone ends no proof.
    pub(super) async fn is_left(&self) -> bool {
        if vendor_of(self.app, self.connection).is_none() {
            return false;
        }
        let company = self.connection.target.company_id;
        match self.api.companies().await {
            Ok(listed) => listed.lists(company) == Some(false),
            Err(error) => matches!(error, Error::NotConnected(_) | Error::TokenRejected(_)),
        }
    }

    /// Adds what installs the app again: of the vendor's app what the vendor set, of the firm's own its App
    /// Version Key, if Procore told it while it was installed.
    pub(super) async fn with_way_to_install(&self, finding: Finding) -> anyhow::Result<Finding> {
        if let Some(vendor) = vendor_of(self.app, self.connection) {
            return Ok(installed_by(vendor, finding));
        }
        let firm = self.connection.firm_id;
        let mut conn = self.app.db.acquire().await?;
        let key = credentials::find_app_version_key(&mut conn, firm, self.credential).await?;
        Ok(Finding {
            app_version_key: key,
            ..finding
        })
    }
}

fn vendor_of<'a>(app: &'a App, connection: &Connection) -> Option<&'a VendorApp> {
    let target = &connection.target;
    let vendor = app.config.vendor_app(&target.environment);
    vendor.filter(|_| target.access_way == AccessWay::VendorApp)
}

fn installed_by(vendor: &VendorApp, finding: Finding) -> Finding {
    Finding {
        app_version_key: vendor.version_key.clone(),
        app_listing: vendor.listing.as_ref().map(ToString::to_string),
        ..finding
    }
}

/// What a look comes to where nothing opens the company.
pub(super) enum Unproven {
    Found(Box<Finding>),
    /// Procore is down or asks us to wait.
    Away(Cause),
    /// The vendor's app of that environment is not configured now.
    NoApp,
    /// The firm's own key is missing, which no look finds.
    OtherWay,
}

/// Whether the vendor's app is back in a company for which nothing is proven any more: then somebody has to
/// sign in with Procore, and until then the company is not called into.
pub(super) async fn look_without_proof(
    app: &App,
    connection: &Connection,
    open: &[Incident],
) -> anyhow::Result<Unproven> {
    if connection.target.access_way != AccessWay::VendorApp {
        return Ok(Unproven::OtherWay);
    }
    let Some(vendor) = vendor_of(app, connection) else {
        return Ok(Unproven::NoApp);
    };
    let access = app.vendor_access(&vendor.environment, CompanyId::NONE)?;
    let api = app.procore.company(access, Urgency::Background);
    let company = connection.target.company_id;
    // Where nothing was learned it stays as it was found before.
    let mut codes = open.iter().map(|it| it.code);
    let before = codes.find(|code| code.stops_everything());
    let before = before.unwrap_or(ReasonCode::NotInstalled);
    let code = match api.companies_of_any().await {
        Ok(listed) => match listed.lists(company) {
            Some(true) => ReasonCode::NotYours,
            Some(false) => ReasonCode::NotInstalled,
            None => before,
        },
        Err(error) => {
            let Some(answer) = error.meaning() else {
                return Err(error.into());
            };
            match Refusal::COMPANY.cause(&answer) {
                Some(cause) if cause.is_wait() => return Ok(Unproven::Away(cause)),
                Some(_) | None => before,
            }
        }
    };
    let finding = Finding {
        is_left: true,
        ..Finding::of(code)
    };
    Ok(Unproven::Found(Box::new(installed_by(vendor, finding))))
}

/// Ends what was proven for a connection while the vendor's app was installed there. A proof of another app
/// than the one that is configured now is not what Procore spoke of.
pub(super) async fn end_proofs(
    conn: &mut PgConnection,
    app: &App,
    connection: &Connection,
) -> anyhow::Result<()> {
    if let Some(vendor) = vendor_of(app, connection) {
        let (of, now) = ((connection.firm_id, connection.id), app.clock.now());
        credentials::end_proofs(conn, of, vendor.client_id.as_str(), now).await?;
    }
    Ok(())
}
