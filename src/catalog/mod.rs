//! The data sets a firm may bring from Procore, of the company and of single projects, declared once.
//!
//! The pages that choose, the permission checks, the webhook triggers, the sync and
//! `docs/CATALOG.md` are all derived from the tables in this room. One more data set
//! is one more entry there and one more variant here.

mod level;
#[cfg(test)]
mod markdown;
mod project_table;
mod read;
mod table;
mod tool;
mod views;

use std::fmt::Display;

use serde::{Deserialize, Serialize};

use crate::paths::{self, Part};

pub use level::Level;
pub use read::{Certainty, IdIn, Ids, NeededAccess, Param, Parent, Read, Shows, Single, Successor};
pub(crate) use read::{SEGMENTS, company_path};
pub use tool::Tool;
pub use views::{ColumnType, HostColumn, HostView};

/// One kind of data that a firm chooses to bring, of its company or of a project, or not.
///
/// The key of each is stored and appears in addresses: it is schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DataSet {
    /// Projects, with the stages, types and regions they refer to.
    Projects,
    /// Company users; the admin reads *People*.
    #[serde(rename = "users")]
    People,
    /// Procore's vendors; the admin reads *Companies*.
    #[serde(rename = "vendors")]
    Companies,
    /// Departments of the firm.
    Departments,
    /// Offices of the firm.
    Offices,
    /// Programs that group projects.
    Programs,
    /// Trades.
    Trades,
    /// Standard cost codes, list by list.
    CostCodes,
    /// The people of a project.
    ProjectPeople,
    /// The companies that work on a project.
    ProjectCompanies,
    /// The places within a project.
    Locations,
    /// Requests for information.
    Rfis,
    /// Submittals, in every revision.
    Submittals,
    /// Contracts with the owner.
    PrimeContracts,
    /// Purchase orders and contracts with subcontractors.
    Commitments,
    /// What may change the cost.
    ChangeEvents,
    /// Drawings, revision by revision.
    Drawings,
    /// Meetings.
    Meetings,
}

/// Where the records of a data set are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// In the company: one list for all of it.
    Company,
    /// In each project: a list, a webhook and levels of its own.
    Project,
}

impl Part<paths::DataSet> for DataSet {
    fn part(&self) -> impl Display {
        self.key()
    }
}

impl DataSet {
    /// Every data set of the company, in the order of the settings page.
    pub const OF_COMPANY: [Self; 8] = [
        Self::Projects,
        Self::People,
        Self::Companies,
        Self::Departments,
        Self::Offices,
        Self::Programs,
        Self::Trades,
        Self::CostCodes,
    ];

    /// Every data set of a project, in the order of the page that chooses.
    pub const OF_PROJECT: [Self; 10] = [
        Self::ProjectPeople,
        Self::ProjectCompanies,
        Self::Locations,
        Self::Rfis,
        Self::Submittals,
        Self::PrimeContracts,
        Self::Commitments,
        Self::ChangeEvents,
        Self::Drawings,
        Self::Meetings,
    ];

    /// Every data set, in the order of the pages that choose.
    pub(crate) fn all() -> impl Iterator<Item = Self> + Clone {
        Self::OF_COMPANY.into_iter().chain(Self::OF_PROJECT)
    }

    /// The stable key used in storage, forms and addresses.
    pub fn key(self) -> &'static str {
        self.entry().key
    }

    /// The data set of a stored key.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        Self::all().find(|data_set| data_set.key() == key)
    }

    /// The name on the page.
    pub fn label(self) -> &'static str {
        self.entry().label
    }

    /// Everything there is to know about this data set.
    pub fn entry(self) -> &'static Entry {
        match self {
            Self::Projects => &table::PROJECTS,
            Self::People => &table::PEOPLE,
            Self::Companies => &table::COMPANIES,
            Self::Departments => &table::DEPARTMENTS,
            Self::Offices => &table::OFFICES,
            Self::Programs => &table::PROGRAMS,
            Self::Trades => &table::TRADES,
            Self::CostCodes => &table::COST_CODES,
            Self::ProjectPeople => &project_table::PEOPLE,
            Self::ProjectCompanies => &project_table::COMPANIES,
            Self::Locations => &project_table::LOCATIONS,
            Self::Rfis => &project_table::RFIS,
            Self::Submittals => &project_table::SUBMITTALS,
            Self::PrimeContracts => &project_table::PRIME_CONTRACTS,
            Self::Commitments => &project_table::COMMITMENTS,
            Self::ChangeEvents => &project_table::CHANGE_EVENTS,
            Self::Drawings => &project_table::DRAWINGS,
            Self::Meetings => &project_table::MEETINGS,
        }
    }

    /// All data sets in the order in which the first sync reads them: what others
    /// refer to comes first (lookups, companies, people, projects).
    pub(crate) fn in_sync_order() -> Vec<Self> {
        let mut all: Vec<Self> = Self::all().collect();
        all.sort_by_key(|data_set| data_set.entry().sync_order);
        all
    }

    /// Where its records are.
    pub fn scope(self) -> Scope {
        self.entry().scope
    }
}

/// The data set of a scope and the list whose records a webhook resource announces, by its name in any
/// case.
pub(crate) fn announced_as(scope: Scope, resource: &str) -> Option<(DataSet, &'static Read)> {
    let reads = |set: DataSet| set.entry().reads.iter().map(move |read| (set, read));
    let is_named = |name: &&str| name.eq_ignore_ascii_case(resource.trim());
    let mut all = DataSet::all()
        .filter(|set| set.scope() == scope)
        .flat_map(reads);
    all.find(|(_, read)| read.announced_as.iter().any(is_named))
}

/// What the code knows about one data set.
#[derive(Debug)]
pub struct Entry {
    /// Which one this is.
    pub data_set: DataSet,
    /// Where its records are.
    pub scope: Scope,
    /// Stable key for storage, forms and addresses.
    pub key: &'static str,
    /// Name on the page.
    pub label: &'static str,
    /// What choosing it means to the firm, in one line.
    pub consequence: &'static str,
    /// The lists that are read; the first is the one the data set is named for, the
    /// others are lists that it refers to or completes itself with. Never empty.
    pub reads: &'static [Read],
    /// The company's data set whose events announce what a project's own do not: Procore tells of a
    /// changed person once, and not in each project.
    pub follows: Option<DataSet>,
    /// The choices within this data set.
    pub options: &'static [OptionSpec],
    /// Place in the first sync; lower comes earlier.
    pub sync_order: u8,
}

impl Entry {
    /// The list the data set is named for: its total is the number of records.
    pub fn main_read(&self) -> &'static Read {
        &self.reads[0]
    }

    /// Webhook resources of the catalog of its scope that announce changes. Which events each
    /// one offers is read from Procore's catalog at run time; one that the catalog
    /// lacks is reported, not fatal.
    pub fn webhooks(&self) -> impl Iterator<Item = &'static str> {
        self.reads
            .iter()
            .flat_map(|read| read.announced_as.iter().copied())
    }

    /// What reading the data set's main list needs.
    pub fn needs(&self) -> NeededAccess {
        self.main_read().needs
    }

    /// Whether the records are of use without this list: it only names what they refer to, and
    /// Procore does not document what reading it needs. Without it they come with numbers.
    pub(crate) fn can_do_without(&self, read: &Read) -> bool {
        let mut parents = self.reads.iter().filter_map(|list| list.per);
        read.lookup
            && read.needs.certainty == Certainty::ProbeDecides
            && !parents.any(|parent| parent.read == read.name)
    }

    /// The lists to read for a choice, in the order to read them.
    ///
    /// Lists that the main one refers to come before it. Lists of what was deleted are not among them
    /// ([`Self::deletions`]).
    pub fn reads_for(&self, include_inactive: bool) -> impl Iterator<Item = &'static Read> {
        let main = self.main_read().name;
        let (lookups, rest): (Vec<_>, Vec<_>) = self
            .reads
            .iter()
            .filter(|read| read.shows == Shows::Records)
            .filter(move |read| include_inactive || !read.inactive_only)
            .partition(|read| read.name != main && read.lookup);
        lookups.into_iter().chain(rest)
    }

    /// The lists in which Procore shows what was deleted, where it has any.
    pub fn deletions(&self) -> impl Iterator<Item = &'static Read> {
        self.reads
            .iter()
            .filter(|read| read.shows == Shows::Deletions)
    }
}

/// A choice within a data set: a check box below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OptionSpec {
    /// Stable key for storage and forms.
    pub key: &'static str,
    /// Label of the check box.
    pub label: &'static str,
    /// What ticking it means.
    pub hint: &'static str,
    /// The data set where it is ticked.
    pub data_set: &'static str,
}

/// Key of the one option there is today.
pub(crate) const INCLUDE_INACTIVE: &str = "include_inactive";

/// A data set that a firm has chosen, with its option.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Choice {
    /// What was chosen.
    pub data_set: DataSet,
    /// Whether inactive records are wanted too; means nothing where the data set
    /// has no such option.
    #[serde(default)]
    pub include_inactive: bool,
}

impl Choice {
    /// The data set with its defaults: active records only.
    pub fn of(data_set: DataSet) -> Self {
        Self {
            data_set,
            include_inactive: false,
        }
    }

    /// The data set, with the option that widens it.
    pub fn label(&self) -> &'static str {
        let entry = self.data_set.entry();
        let option = entry.options.first().filter(|_| self.include_inactive);
        option.map_or(entry.label, |option| option.data_set)
    }

    /// The lists this choice reads, in the order to read them.
    pub fn reads(&self) -> impl Iterator<Item = &'static Read> {
        self.data_set.entry().reads_for(self.include_inactive)
    }
}

#[cfg(test)]
mod tests;
