//! Our own user in Procore, and the companies that installed the app.

use serde::Deserialize;
use url::Url;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::input::CompanyId;
use super::lenient::{Id, object, spelled};
use super::page_cursor::PageCursor;
use super::pages::ListRequest;
use super::whole_list::incomplete;

const LIST: &str = "list companies";

/// Companies per page; far more than one firm's app is installed in.
const PER_PAGE: u32 = 100;
const MOST_PAGES: usize = 20;

/// A company in which the app is installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanySummary {
    pub id: CompanyId,
    pub name: String,
    pub is_active: bool,
}

/// The companies that Procore lists for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyList {
    pub companies: Vec<CompanySummary>,
    /// Whether these are all: one that is not among them may stand in a row that we cannot read.
    pub is_whole: bool,
}

impl CompanyList {
    /// Whether a company is listed; `None` where that cannot be told.
    pub(crate) fn lists(&self, company: i64) -> Option<bool> {
        match self.companies.iter().any(|it| it.id.get() == company) {
            true => Some(true),
            false => self.is_whole.then_some(false),
        }
    }
}

/// The directory user our calls act as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Me {
    pub id: i64,
    pub name: Option<String>,
    /// A user without the field counts as active.
    pub is_active: bool,
    pub permission_template: Option<String>,
}

impl CompanyApi {
    /// The companies in which the app is installed; empty when there is none.
    ///
    /// Requested first without the company header, which lists them all; where Procore insists on
    /// the header (its guides and its behaviour differ here), again with ours. A vendor's app sees
    /// its other customers: show this list only to the owner of the credentials.
    pub async fn companies(&self) -> Result<CompanyList, Error> {
        match self.companies_named(false).await {
            Ok(found) if !found.companies.is_empty() || !found.is_whole => Ok(found),
            Ok(_)
            | Err(
                Error::TokenRejected(_)
                | Error::NotConnected(_)
                | Error::NotPermitted(_)
                | Error::NotVisible(_)
                | Error::Unexpected(_),
            ) => self.companies_named(true).await,
            Err(
                error @ (Error::BadCredentials(_)
                | Error::RateLimited { .. }
                | Error::Busy { .. }
                | Error::Unavailable { .. }
                | Error::Conflict(_)
                | Error::Validation(_)
                | Error::Ours { .. }),
            ) => Err(error),
        }
    }

    /// The same where the company that this access names refuses it, which the header would only
    /// repeat.
    pub(crate) async fn companies_of_any(&self) -> Result<CompanyList, Error> {
        self.companies_named(false).await
    }

    async fn companies_named(&self, ours: bool) -> Result<CompanyList, Error> {
        #[derive(Deserialize)]
        struct Company {
            id: Id,
            #[serde(default, deserialize_with = "spelled")]
            name: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            is_active: Option<bool>,
        }
        let list = ListRequest {
            action: LIST,
            path: "/rest/v1.0/companies".to_owned(),
            query: Vec::new(),
            page: PageCursor::first(),
            per_page: Some(PER_PAGE),
            grouped_in: None,
        };
        let api = if ours {
            self.clone()
        } else {
            self.naming_no_company()
        };
        let listing = api.listing::<Company>(list, MOST_PAGES).await?;
        let is_whole = listing.is_whole();
        let found = listing.rows;
        let has_ours = || {
            found
                .iter()
                .any(|company| company.id.0 == self.company_id().get())
        };
        // Without the rest of the list nobody can say that ours is not in it.
        if let Some(gap) = listing.gap.filter(|_| !has_ours()) {
            return Err(incomplete(LIST, gap));
        }
        let summary = |company: Company| CompanySummary {
            id: CompanyId::trusted(company.id.0),
            name: company.name.unwrap_or_default(),
            is_active: company.is_active.unwrap_or(true),
        };
        Ok(CompanyList {
            companies: found.into_iter().map(summary).collect(),
            is_whole,
        })
    }

    /// Who we are in this company: the directory user of the app.
    pub async fn me(&self) -> Result<Me, Error> {
        #[derive(Deserialize)]
        struct Wire {
            id: Id,
            #[serde(default, deserialize_with = "spelled")]
            name: Option<String>,
            #[serde(default, deserialize_with = "spelled")]
            is_active: Option<bool>,
            #[serde(default, deserialize_with = "object")]
            permission_template: Option<Template>,
        }
        #[derive(Deserialize)]
        struct Template {
            #[serde(default, deserialize_with = "spelled")]
            name: Option<String>,
        }
        let path = format!("/rest/v1.3/companies/{}/me", self.company_id());
        let me: Wire = self
            .read_json(&Call::get("read our own user", path))
            .await?;
        Ok(Me {
            id: me.id.0,
            name: me.name,
            is_active: me.is_active.unwrap_or(true),
            permission_template: me.permission_template.and_then(|template| template.name),
        })
    }

    /// Where the pages of this company's zone are, for links into Procore.
    pub async fn company_base_url(&self) -> Result<Url, Error> {
        #[derive(Deserialize)]
        struct Wire {
            web_base_url: Url,
        }
        let call = Call::get(
            "read the company's web address",
            "/rest/v1.0/company_base_url",
        );
        let wire: Wire = self.read_json(&call).await?;
        Ok(wire.web_base_url)
    }
}
