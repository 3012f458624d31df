//! Projects of a company that a user is not a member of. For the app's own user, those are the projects that
//! are not shared with it.

use serde::Deserialize;

use super::client::CompanyApi;
use super::error::Error;
use super::lenient::{Id, spelled};
use super::page_cursor::PageCursor;
use super::pages::ListRequest;

const PER_PAGE: u32 = 1_000;
const MOST_PAGES: usize = 50;

/// A project that a user is not a member of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnassignedProject {
    pub id: i64,
    pub name: String,
    pub number: String,
    pub stage: String,
    pub is_active: bool,
}

#[derive(Deserialize)]
struct Row {
    project_id: Id,
    #[serde(default, deserialize_with = "spelled")]
    name: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    project_number: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    stage: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    active: Option<bool>,
    #[serde(default, deserialize_with = "spelled")]
    is_assigned: Option<bool>,
}

impl CompanyApi {
    /// The company's projects without this user, open and closed. What reading it needs is not documented.
    pub async fn projects_without(&self, user: i64) -> Result<Vec<UnassignedProject>, Error> {
        let company = self.company_id();
        let list = ListRequest {
            action: "list the projects that are not shared with us",
            path: format!("/rest/v1.0/companies/{company}/users/{user}/project_assignments"),
            query: vec![
                ("filters[assignment_status]", "unassigned".to_owned()),
                ("filters[by_status]", "All".to_owned()),
            ],
            page: PageCursor::first(),
            per_page: Some(PER_PAGE),
            grouped_in: None,
        };
        let rows: Vec<Row> = self.read_all(list, MOST_PAGES).await?;
        let rows = rows.into_iter().filter(|row| row.is_assigned != Some(true));
        Ok(rows
            .map(|row| UnassignedProject {
                id: row.project_id.0,
                name: row.name.unwrap_or_default(),
                number: row.project_number.unwrap_or_default(),
                stage: row.stage.unwrap_or_default(),
                is_active: row.active.unwrap_or(true),
            })
            .collect())
    }
}
