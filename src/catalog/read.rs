//! One list of records in Procore: where it is, how it is paged, what it needs.

use super::{HostView, Level, Tool};

/// One list that is read to fill a data set.
#[derive(Debug)]
pub struct Read {
    /// Name of the list, unique in the catalog: the probe, the action and the cursor
    /// are called by it.
    pub name: &'static str,
    /// Kind of record that comes out. Ids are unique per kind, not per data set:
    /// a project and a project stage may share a number, an inactive user and an
    /// active one may not.
    pub kind: &'static str,
    /// Words for one list in a sentence: "project stages".
    pub plural: &'static str,
    /// Whether its rows are the records, or those that were deleted.
    pub shows: Shows,
    /// Path below the API host; may hold `{company_id}` and `{project_id}`.
    pub path: &'static str,
    /// Where the id of the company or project goes besides the `Procore-Company-Id` header, which
    /// every call carries.
    pub id_in: IdIn,
    /// Query parameters besides paging and the company id.
    pub params: &'static [Param],
    /// Largest page to ask for.
    pub page_size: u32,
    /// Whether `page` and `per_page` are understood; an unpaged list comes whole.
    pub paged: bool,
    /// The filter by time with which the list can be asked for what changed, or for what was deleted,
    /// so that a catch-up is cheap.
    pub changes: Option<&'static str>,
    /// Field of each row that holds the records, where the list comes in groups.
    pub grouped_in: Option<&'static str>,
    /// Field that holds the record's id.
    pub id_field: &'static str,
    /// Fields of which a whole record has at least one. Procore may answer a level that is
    /// too low with records that lack all of them. Empty where no smaller view is known.
    pub whole_has: &'static [&'static str],
    /// Field that says whether a record is active, where there are inactive ones.
    pub active_in: Option<&'static str>,
    /// Field that a deleted record has, where others may be in a list of the deleted, too.
    pub deleted_in: Option<&'static str>,
    /// Set when the list exists once per record of another list.
    pub per: Option<Parent>,
    /// Read only when the firm wants inactive records too.
    pub inactive_only: bool,
    /// Whether the main list refers to these records, so that they are read first.
    pub lookup: bool,
    /// Tool and level that reading needs.
    pub needs: NeededAccess,
    /// Where Procore says that it will move the list, for when it is gone.
    pub successor: Option<Successor>,
    /// Resources of the webhook catalog of its scope that announce changes of these records.
    pub announced_as: &'static [&'static str],
    /// How one record is read, to follow what was announced.
    pub single: Single,
    /// Whether events may name the records by ids that the list does not know.
    pub has_other_ids: bool,
    /// How records of this kind appear to the host product.
    pub view: &'static HostView,
}

/// What the rows of a list are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shows {
    /// The records.
    Records,
    /// Records that were deleted. Such a list is asked for what was deleted lately, never read whole.
    Deletions,
}

/// Procore's ids of what a list belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ids {
    pub company: i64,
    /// 0 for the company's own lists.
    pub project: i64,
}

impl Ids {
    /// The company's own lists.
    pub fn of_company(company: i64) -> Self {
        Self {
            company,
            project: 0,
        }
    }

    fn fill_in(self, path: &str) -> String {
        path.replace("{company_id}", &self.company.to_string())
            .replace("{project_id}", &self.project.to_string())
    }
}

/// How one record of a list is read by its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Single {
    /// At the list's path, followed by the id, in the list's view.
    ById,
    /// The same where there are no views of a single record.
    ByIdWithoutView,
    /// From the list itself, filtered by the id in this parameter, where a record by itself has
    /// another shape.
    Filter(&'static str),
    /// What is announced is what several records belong to: they are all read from the list, filtered by
    /// its id in this parameter, which is a field of theirs, too.
    Parts(&'static str),
}

/// The segments of a company's work breakdown structure.
pub(crate) const SEGMENTS: &str =
    "/rest/v1.0/companies/{company_id}/work_breakdown_structure/segments";

/// A list of a segment, which takes the place of another list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Successor {
    /// Type of the segment.
    pub segment: &'static str,
    /// Path below the API host; holds `{company_id}` and `{segment_id}`.
    pub path: &'static str,
    /// Query parameter that takes the parent's id, for lists that exist once per record.
    pub param: Option<&'static str>,
}

impl Successor {
    /// The path with both ids in it.
    pub fn path_for(&self, company_id: i64, segment_id: i64) -> String {
        company_path(self.path, company_id).replace("{segment_id}", &segment_id.to_string())
    }
}

/// A path with the company's id in it.
pub(crate) fn company_path(path: &str, company_id: i64) -> String {
    Ids::of_company(company_id).fill_in(path)
}

impl Read {
    /// The path with the ids in it.
    pub fn path_for(&self, ids: Ids) -> String {
        ids.fill_in(self.path)
    }

    /// Query parameters besides paging, for a choice; the id of the company or project is among them
    /// where this list wants it there.
    pub fn query(&self, ids: Ids, include_inactive: bool) -> Vec<(&'static str, String)> {
        let id = match self.id_in {
            IdIn::Path => None,
            IdIn::CompanyQuery => Some(("company_id", ids.company.to_string())),
            IdIn::ProjectQuery => Some(("project_id", ids.project.to_string())),
        };
        let own = self
            .params
            .iter()
            .map(|param| (param.name, param.value(include_inactive)));
        id.into_iter()
            .chain(own.map(|(name, value)| (name, value.to_owned())))
            .collect()
    }
}

impl Read {
    /// Path and query of one record. `parent` is the record to whose list it belongs, for lists that
    /// exist once per record.
    pub fn single_request(
        &self,
        ids: Ids,
        id: i64,
        parent: Option<i64>,
    ) -> (String, Vec<(&'static str, String)>) {
        let mut path = self.path_for(ids);
        // Inactive or not: what became of it is what is asked.
        let mut query = self.query(ids, true);
        match self.single {
            Single::ById => {
                path = format!("{path}/{id}");
                query.retain(|(name, _)| !name.starts_with("filters["));
            }
            Single::ByIdWithoutView => {
                path = format!("{path}/{id}");
                query.retain(|(name, _)| matches!(*name, "company_id" | "project_id"));
            }
            Single::Filter(param) | Single::Parts(param) => query.push((param, id.to_string())),
        }
        if let (Some(per), Some(parent)) = (self.per, parent) {
            query.push((per.param, parent.to_string()));
        }
        (path, query)
    }
}

/// Where a list wants the id of the company or project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdIn {
    /// In the path, at `{company_id}`.
    Path,
    /// As the query parameter `company_id`.
    CompanyQuery,
    /// As the query parameter `project_id`.
    ProjectQuery,
}

/// A query parameter whose value may depend on whether inactive records are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param {
    /// Name as Procore writes it, brackets included, not encoded.
    pub name: &'static str,
    /// Value for active records only.
    pub active: &'static str,
    /// Value when inactive records are wanted too.
    pub all: &'static str,
}

impl Param {
    /// A parameter that is the same for every choice.
    pub const fn fixed(name: &'static str, value: &'static str) -> Self {
        Self {
            name,
            active: value,
            all: value,
        }
    }

    /// The value for a choice.
    pub fn value(&self, include_inactive: bool) -> &'static str {
        if include_inactive {
            self.all
        } else {
            self.active
        }
    }
}

/// The list whose records each have a list of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parent {
    /// Name of the list to walk first.
    pub read: &'static str,
    /// Query parameter that takes the parent's id.
    pub param: &'static str,
}

/// Tool and level that something needs, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeededAccess {
    /// Tool by which Procore decides.
    pub tool: Tool,
    /// Lowest level that is enough.
    pub level: Level,
    /// Where the statement comes from.
    pub certainty: Certainty,
}

/// How sure it is that a tool's level decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// Procore documents it, or reading is known to follow the tool's level. A manifest
    /// that shows less is a failure.
    Known,
    /// Procore documents the level for editing only; reading may work without. The level
    /// of the manifest is shown, and an attempt to read decides.
    ProbeDecides,
}
