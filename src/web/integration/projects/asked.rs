//! What the board of projects is asked to show, as its address says it.

use serde::Deserialize;
use url::form_urlencoded;

use crate::connection::ShownProject;
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::{BoardFilter, BoardOrder};
use crate::web::form::search_of;

/// What the board shows.
#[derive(Debug, Default, Clone, Deserialize)]
pub(crate) struct BoardQuery {
    #[serde(default)]
    pub(super) q: String,
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) sort: String,
    pub(super) after: Option<i64>,
}

impl BoardQuery {
    pub(super) fn search(&self) -> String {
        search_of(&self.q)
    }

    pub(super) fn state(&self) -> Option<ShownProject> {
        ShownProject::from_stored(&self.state.replace('-', "_"))
    }

    pub(super) fn order(&self) -> BoardOrder {
        match self.sort.as_str() {
            "name" => BoardOrder::Name,
            "newest" => BoardOrder::Newest,
            _ => BoardOrder::Number,
        }
    }

    pub(super) fn filter(&self) -> BoardFilter {
        BoardFilter {
            search: Some(self.search()).filter(|it| !it.is_empty()),
            shown_as: self.state(),
        }
    }

    /// The same in another order.
    pub(super) fn sorted_by(&self, sort: &str) -> Self {
        Self {
            sort: sort.to_owned(),
            ..self.clone()
        }
    }

    /// The same of projects in this state.
    pub(super) fn in_state(&self, state: ShownProject) -> Self {
        Self {
            state: in_address(state),
            ..self.clone()
        }
    }

    /// What stands in addresses besides the page and the order.
    pub(super) fn filters(&self) -> Vec<(&'static str, String)> {
        let state = self.state().map(in_address);
        let search = Some(self.search()).filter(|it| !it.is_empty());
        let search = search.map(|it| ("q", it));
        search
            .into_iter()
            .chain(state.map(|it| ("state", it)))
            .collect()
    }

    pub(super) fn address(&self, firm: FirmId, after: Option<i64>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (name, value) in self.filters() {
            query.append_pair(name, &value);
        }
        match self.order() {
            BoardOrder::Number => {}
            BoardOrder::Name => drop(query.append_pair("sort", "name")),
            BoardOrder::Newest => drop(query.append_pair("sort", "newest")),
        }
        if let Some(after) = after {
            query.append_pair("after", &after.to_string());
        }
        with_query(paths::projects(firm), &query.finish())
    }
}

/// A state of projects as addresses spell it.
pub(super) fn in_address(state: ShownProject) -> String {
    state.as_str().replace('_', "-")
}

pub(super) fn with_query(path: String, query: &str) -> String {
    match query.is_empty() {
        true => path,
        false => format!("{path}?{query}"),
    }
}
