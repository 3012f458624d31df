//! Which version of the app is installed in the company.

use serde::Deserialize;

use super::client::CompanyApi;
use super::error::Error;
use super::lenient::{object, spelled};
use super::page_cursor::PageCursor;
use super::pages::ListRequest;

const PER_PAGE: u32 = 100;
const MOST_PAGES: usize = 5;

/// How our app is installed in a company.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// By which Procore installs the version that is published.
    pub app_version_key: Option<String>,
    /// The version that is installed.
    pub version: Option<String>,
    /// A newer version waits to be accepted.
    pub update_waits: bool,
}

impl CompanyApi {
    /// Our app's installation; none where Procore does not say which one is ours.
    ///
    /// Whether a service account may ask this is not documented, so a refusal tells nothing.
    pub async fn installation(&self) -> Result<Option<Installation>, Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "spelled")]
            app_uid: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            status: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            semantic_version: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            updatable_app_version_id: Option<String>,
            #[serde(default, deserialize_with = "object")]
            developer_app: Option<App>,
        }
        #[derive(Deserialize)]
        struct App {
            #[serde(default, deserialize_with = "spelled")]
            uid: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            published_app_version_id: Option<String>,
        }
        let list = ListRequest {
            action: "list installed apps",
            path: "/rest/v1.0/app_installations".to_owned(),
            query: vec![("company_id", self.company_id().to_string())],
            page: PageCursor::first(),
            per_page: Some(PER_PAGE),
            grouped_in: None,
        };
        let listing = self.listing::<Wire>(list, MOST_PAGES).await?;
        let is_whole = listing.is_whole();
        let mut installed = listing.rows;
        installed.retain(|it| it.status.as_deref() != Some("uninstalled"));
        let ours = self.access.client_id.as_str();
        let is_ours = |it: &Wire| {
            let of_app = it.developer_app.as_ref().and_then(|app| app.uid.as_deref());
            it.app_uid.as_deref() == Some(ours) || of_app == Some(ours)
        };
        let found = match installed.iter().position(is_ours) {
            Some(place) => Some(installed.swap_remove(place)),
            // The only one that is installed has to be ours.
            None if installed.len() == 1 && is_whole => installed.pop(),
            None => None,
        };
        Ok(found.map(|it| Installation {
            app_version_key: it
                .developer_app
                .and_then(|app| app.published_app_version_id),
            version: it.semantic_version,
            update_waits: it.updatable_app_version_id.is_some(),
        }))
    }
}
