//! The look at how the app is installed.

use super::look::{Findings, Site, Unanswered};
use crate::connection::AccessWay;
use crate::connection::incident::Finding;
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

    /// The App Version Key of the app that our key belongs to, if Procore told it while it was installed.
    pub(super) async fn app_version_key(&self) -> anyhow::Result<Option<String>> {
        let firm = self.connection.firm_id;
        let mut conn = self.app.db.acquire().await?;
        Ok(credentials::find_app_version_key(&mut conn, firm, self.credential).await?)
    }
}
