//! The tools of a project: which it uses, and our level on each.

use std::collections::HashSet;

use serde::Deserialize;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::lenient::spelled;
use super::page_cursor::PageCursor;
use super::pages::ListRequest;
use crate::catalog::Level;
use crate::verdict::{Manifest, ManifestTool, ProjectTool};

/// Tools per page; Procore has some thirty.
const PER_PAGE: u32 = 100;
const MOST_PAGES: usize = 5;

/// A row of either list of tools.
#[derive(Deserialize)]
struct Row {
    #[serde(default, deserialize_with = "spelled")]
    engine_name: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    title: Option<String>,
    #[serde(default, deserialize_with = "spelled")]
    is_active: Option<bool>,
    #[serde(default, deserialize_with = "spelled")]
    user_access_level: Option<String>,
}

impl CompanyApi {
    /// The tools of a project with our level on each, in one list. What reading it needs is not
    /// documented; where Procore refuses it, [`Self::project_tools_and_levels`] tells the same.
    pub(crate) async fn project_tools(&self, project: i64) -> Result<Vec<ProjectTool>, Error> {
        let query = vec![("project_id", project.to_string())];
        let rows = self
            .tools(
                "read a project's tools",
                "/rest/v1.0/tools".to_owned(),
                query,
            )
            .await?;
        let off = switched_off(&rows);
        let tools = rows.into_iter().filter_map(|row| {
            let name = row.engine_name?;
            Some(ManifestTool {
                label: row.title.unwrap_or_else(|| name.clone()),
                name,
                level: row.user_access_level.as_deref().and_then(Level::parse),
            })
        });
        let manifest = Manifest {
            tools: tools.collect(),
        };
        Ok(ProjectTool::list(&manifest, |name| off.contains(name)))
    }

    /// The same from two lists: the project's tools, and our permissions in it.
    pub(crate) async fn project_tools_and_levels(
        &self,
        project: i64,
    ) -> Result<Vec<ProjectTool>, Error> {
        let path = format!("/rest/v1.0/projects/{project}/tools");
        let rows = self
            .tools("read which tools a project uses", path, Vec::new())
            .await?;
        let off = switched_off(&rows);
        let manifest = self.project_permissions(project).await?;
        Ok(ProjectTool::list(&manifest, |name| off.contains(name)))
    }

    /// Whether a project is active; an error where Procore does not show it.
    pub(crate) async fn is_project_active(&self, project: i64) -> Result<bool, Error> {
        #[derive(Deserialize)]
        struct Wire {
            #[serde(default, deserialize_with = "spelled")]
            active: Option<bool>,
        }
        let path = format!("/rest/v1.0/projects/{project}");
        let call = Call::get("read a project", path)
            .query([("company_id", self.company_id().to_string())]);
        let shown: Wire = self.read_json(&call).await?;
        Ok(shown.active.unwrap_or(true))
    }

    async fn tools(
        &self,
        action: &'static str,
        path: String,
        query: Vec<(&'static str, String)>,
    ) -> Result<Vec<Row>, Error> {
        let list = ListRequest {
            action,
            path,
            query,
            page: PageCursor::first(),
            per_page: Some(PER_PAGE),
            grouped_in: None,
        };
        self.read_all(list, MOST_PAGES).await
    }
}

/// The engine names of the tools that are switched off.
fn switched_off(rows: &[Row]) -> HashSet<String> {
    let off = rows.iter().filter(|row| row.is_active == Some(false));
    off.filter_map(|row| row.engine_name.clone()).collect()
}
