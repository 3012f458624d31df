//! The tables on a project's page: what was brought of it, and the tools that this needs.

use super::row::tools_of;
use crate::connection::Settings;
use crate::identity::FirmId;
use crate::paths;
use crate::store::projects::BoardProject;
use crate::store::records::RecordCount;
use crate::text::count::grouped;
use crate::text::projects as text;
use crate::web::view::{Shell, When};

/// A data set, and how many records of it there are.
pub(super) struct DataRow {
    pub label: &'static str,
    pub href: String,
    pub there: String,
    pub gone: String,
    pub changed: Option<When>,
    pub seen: Option<When>,
}

/// A tool that is needed, and what Procore shows of it in this project.
pub(super) struct ToolRow {
    pub name: String,
    pub in_use: &'static str,
    pub found: &'static str,
    pub needed: &'static str,
    pub needed_for: String,
}

/// What was brought, by data set.
pub(super) fn data(
    shell: &Shell,
    firm: FirmId,
    project: &BoardProject,
    counts: &[RecordCount],
) -> Vec<DataRow> {
    let choices = project.settings.iter().flat_map(|it| it.choices().to_vec());
    choices
        .map(|choice| {
            let set = choice.data_set;
            let kind = set.entry().main_read().kind;
            let of_set = |it: &&RecordCount| it.data_set == set && it.kind == kind;
            let count = counts.iter().find(of_set);
            let address = paths::data_set(firm, set);
            DataRow {
                label: choice.label(),
                href: format!("{address}?project={}", project.project_id),
                there: grouped(count.map_or(0, |it| it.there)),
                gone: grouped(count.map_or(0, |it| it.gone)),
                changed: count.and_then(|it| it.changed_at).map(|at| shell.when(at)),
                seen: count.and_then(|it| it.seen_at).map(|at| shell.when(at)),
            }
        })
        .collect()
}

/// The tools that the project needs.
pub(super) fn tools(project: &BoardProject, defaults: Option<&Settings>) -> Vec<ToolRow> {
    let needed = tools_of(project, defaults).into_iter();
    needed
        .map(|it| ToolRow {
            name: text::tool(&it),
            in_use: text::in_use(it.active),
            found: text::level_found(it.found),
            needed: text::level_needed(it.needed),
            needed_for: text::needed_for(&it.data_sets),
        })
        .collect()
}
