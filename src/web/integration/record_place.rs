//! Where records are kept, and the addresses of their pages.

use sqlx::PgConnection;
use url::form_urlencoded;

use super::under;
use crate::catalog::DataSet;
use crate::connection::{Connection, Settings};
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects;
use crate::store::records::RecordSet;
use crate::text::pages as words;
use crate::text::projects::title as title_of;
use crate::web::error::PageError;
use crate::web::view::{Link, Nav, Shell};

/// Where records are kept: of the company, or of one of its projects.
pub(super) struct Place {
    pub(super) set: DataSet,
    pub(super) project: Option<i64>,
    /// What the project is called.
    title: Option<String>,
}

impl Place {
    /// A data set that is brought, of the company or of the project that an address names.
    pub(super) async fn find(
        conn: &mut PgConnection,
        (connection, settings): (&Connection, &Settings),
        key: &str,
        project: Option<i64>,
    ) -> Result<Self, PageError> {
        let Some(id) = project else {
            let set = chosen(settings, key)?;
            return Ok(Self {
                set,
                project,
                title: None,
            });
        };
        let of = (connection.firm_id, connection.id);
        let found = projects::list_on_board(conn, of, &[id]).await?;
        let found = found.into_iter().next().ok_or(PageError::Missing)?;
        let settings = found.settings.as_ref().ok_or(PageError::Missing)?;
        Ok(Self {
            set: chosen(settings, key)?,
            project,
            title: Some(title_of(&found.number, &found.name, id)),
        })
    }

    pub(super) fn record_set(&self, connection: &Connection, kind: &'static str) -> RecordSet {
        RecordSet {
            project_id: self.project.unwrap_or_default(),
            ..RecordSet::of_company(connection, self.set, kind)
        }
    }

    /// What the page is about.
    pub(super) fn label(&self) -> String {
        match &self.title {
            Some(title) => words::of_project(self.set.label(), title),
            None => self.set.label().to_owned(),
        }
    }

    /// The page above, with its name.
    pub(super) fn above(&self, firm: FirmId) -> Link {
        match (self.project, &self.title) {
            (Some(id), Some(title)) => Link::new(title.clone(), paths::project(firm, id)),
            _ => Link::new(words::ALL_DATA, paths::integration_page(firm, "data")),
        }
    }

    pub(super) fn address(
        &self,
        firm: FirmId,
        kind: &str,
        search: &str,
        after: Option<i64>,
    ) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("kind", kind);
        if let Some(project) = self.project {
            query.append_pair("project", &project.to_string());
        }
        if !search.is_empty() {
            query.append_pair("q", search);
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        format!("{}?{}", paths::data_set(firm, self.set), query.finish())
    }

    /// The line of pages, with the one above marked.
    pub(super) fn pages(&self, shell: &Shell, firm: FirmId) -> Nav {
        let above = match self.project {
            Some(_) => "projects",
            None => "data",
        };
        under(shell, firm, above)
    }

    /// The address of one record.
    pub(super) fn record(&self, firm: FirmId, kind: &str, id: i64) -> String {
        let record = paths::record(firm, self.set, kind, id);
        match self.project {
            Some(project) => format!("{record}?project={project}"),
            None => record,
        }
    }
}

/// A data set of this connection.
fn chosen(settings: &Settings, key: &str) -> Result<DataSet, PageError> {
    let set = DataSet::from_key(key).ok_or(PageError::Missing)?;
    let choice = settings.choice(set);
    choice
        .map(|choice| choice.data_set)
        .ok_or(PageError::Missing)
}
