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
    /// Path below the API host; may hold `{company_id}`.
    pub path: &'static str,
    /// Where the company id goes besides the `Procore-Company-Id` header, which every
    /// call carries.
    pub company_id_in: CompanyIdIn,
    /// Query parameters besides paging and the company id.
    pub params: &'static [Param],
    /// Largest page to ask for.
    pub page_size: u32,
    /// Whether `page` and `per_page` are understood; an unpaged list comes whole.
    pub paged: bool,
    /// Whether `filters[updated_at]` is understood, so that a catch-up is cheap.
    pub updated_at: bool,
    /// Field that holds the record's id.
    pub id_field: &'static str,
    /// Fields of which a whole record has at least one. Procore may answer a level that is
    /// too low with records that lack all of them. Empty where no smaller view is known.
    pub whole_has: &'static [&'static str],
    /// Field that says whether a record is active, where there are inactive ones.
    pub active_in: Option<&'static str>,
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
    /// Resource of the company's webhook catalog that announces changes of these records.
    pub announced_as: Option<&'static str>,
    /// How one record is read, to follow what was announced.
    pub single: Single,
    /// How records of this kind appear to the host product.
    pub view: &'static HostView,
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
pub(crate) fn company_path(path: &str, company_id: impl std::fmt::Display) -> String {
    path.replace("{company_id}", &company_id.to_string())
}

impl Read {
    /// The path with the company's id in it.
    pub fn path_for(&self, company_id: impl std::fmt::Display) -> String {
        company_path(self.path, company_id)
    }

    /// Query parameters besides paging, for a choice; the company id is among them
    /// where this list wants it there.
    pub fn query(
        &self,
        company_id: impl std::fmt::Display,
        include_inactive: bool,
    ) -> Vec<(&'static str, String)> {
        let company = match self.company_id_in {
            CompanyIdIn::Path => None,
            CompanyIdIn::Query => Some(("company_id", company_id.to_string())),
        };
        let own = self
            .params
            .iter()
            .map(|param| (param.name, param.value(include_inactive)));
        company
            .into_iter()
            .chain(own.map(|(name, value)| (name, value.to_owned())))
            .collect()
    }
}

impl Read {
    /// Path and query of one record. `parent` is the record to whose list it belongs, for lists that
    /// exist once per record.
    pub fn single_request(
        &self,
        company_id: i64,
        id: i64,
        parent: Option<i64>,
    ) -> (String, Vec<(&'static str, String)>) {
        let mut path = self.path_for(company_id);
        // Inactive or not: what became of it is what is asked.
        let mut query = self.query(company_id, true);
        match self.single {
            Single::ById => {
                path = format!("{path}/{id}");
                query.retain(|(name, _)| !name.starts_with("filters["));
            }
            Single::ByIdWithoutView => {
                path = format!("{path}/{id}");
                query.retain(|(name, _)| *name == "company_id");
            }
            Single::Filter(param) => query.push((param, id.to_string())),
        }
        if let (Some(per), Some(parent)) = (self.per, parent) {
            query.push((per.param, parent.to_string()));
        }
        (path, query)
    }
}

/// Where a list wants the company's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompanyIdIn {
    /// In the path, at `{company_id}`.
    Path,
    /// As the query parameter `company_id`.
    Query,
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
