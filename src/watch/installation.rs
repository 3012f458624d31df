//! The look at how the app is installed.

use super::look::{Findings, Site, Unanswered};
use crate::connection::incident::Finding;
use crate::connection::{AccessWay, Target};
use crate::procore::{Error, Installation};
use crate::store::credentials::{self, AppVersion};
use crate::verdict::{ReasonCode, Refusal};

impl Site<'_> {
    /// Whether an update of the app waits. Keeps what installs the app again, for when it is gone.
    pub(super) async fn installation(&self) -> Findings {
        match self.connection.target.access_way {
            AccessWay::VendorApp | AccessWay::OwnApp => {}
            AccessWay::LegacyAccount => return Ok(Vec::new()),
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
            ) => return Ok(Vec::new()),
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

    /// Adds what installs the app again: of the vendor's app what the vendor set, of the firm's own its App
    /// Version Key, if Procore told it while it was installed.
    pub(super) async fn with_way_to_install(&self, finding: Finding) -> anyhow::Result<Finding> {
        let Target {
            environment,
            access_way,
            ..
        } = &self.connection.target;
        if let (AccessWay::VendorApp, Some(app)) =
            (access_way, self.app.config.vendor_app(environment))
        {
            return Ok(Finding {
                app_version_key: app.version_key.clone(),
                app_listing: app.listing.as_ref().map(ToString::to_string),
                ..finding
            });
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
