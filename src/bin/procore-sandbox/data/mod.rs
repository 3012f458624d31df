//! The made-up records of a company: any number of them, each computed from its index when asked
//! for, with what a person edited laid over it.

mod bodies;
mod listing;
mod names;
mod projects;
mod vendors;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use clap::Args;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use listing::{Filter, Row, Status};
pub use projects::EXTENDED_ONLY as PROJECT_EXTENDED_ONLY;
pub use vendors::EXTENDED_ONLY as VENDOR_EXTENDED_ONLY;

/// How many records of each kind a company has.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
#[serde(default)]
pub struct Sizes {
    /// Active projects
    #[arg(long, default_value_t = 12)]
    pub projects: u32,
    /// Inactive projects
    #[arg(long, default_value_t = 3)]
    pub inactive_projects: u32,
    /// Active company users (the app's own directory user comes on top)
    #[arg(long, default_value_t = 40)]
    pub users: u32,
    /// Inactive company users
    #[arg(long, default_value_t = 5)]
    pub inactive_users: u32,
    /// Active vendors
    #[arg(long, default_value_t = 30)]
    pub vendors: u32,
    /// Inactive vendors
    #[arg(long, default_value_t = 4)]
    pub inactive_vendors: u32,
    /// Departments
    #[arg(long, default_value_t = 6)]
    pub departments: u32,
    /// Offices
    #[arg(long, default_value_t = 3)]
    pub offices: u32,
    /// Programs
    #[arg(long, default_value_t = 4)]
    pub programs: u32,
    /// Trades
    #[arg(long, default_value_t = 15)]
    pub trades: u32,
    /// Standard cost codes, spread over the lists
    #[arg(long, default_value_t = 60)]
    pub cost_codes: u32,
    /// Standard cost code lists
    #[arg(long, default_value_t = 2)]
    pub cost_code_lists: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            projects: 12,
            inactive_projects: 3,
            users: 40,
            inactive_users: 5,
            vendors: 30,
            inactive_vendors: 4,
            departments: 6,
            offices: 3,
            programs: 4,
            trades: 15,
            cost_codes: 60,
            cost_code_lists: 2,
        }
    }
}

/// The kinds of records that the simulator has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dataset {
    Projects,
    Users,
    Vendors,
    Departments,
    Offices,
    Programs,
    Trades,
    CostCodes,
    CostCodeLists,
    ProjectStages,
    ProjectTypes,
    ProjectRegions,
    ProjectOwnerTypes,
    ProjectBidTypes,
}

impl Dataset {
    pub const ALL: [Self; 14] = [
        Self::Projects,
        Self::Users,
        Self::Vendors,
        Self::Departments,
        Self::Offices,
        Self::Programs,
        Self::Trades,
        Self::CostCodes,
        Self::CostCodeLists,
        Self::ProjectStages,
        Self::ProjectTypes,
        Self::ProjectRegions,
        Self::ProjectOwnerTypes,
        Self::ProjectBidTypes,
    ];

    /// The name that the control API uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Projects => "projects",
            Self::Users => "users",
            Self::Vendors => "vendors",
            Self::Departments => "departments",
            Self::Offices => "offices",
            Self::Programs => "programs",
            Self::Trades => "trades",
            Self::CostCodes => "cost_codes",
            Self::CostCodeLists => "cost_code_lists",
            Self::ProjectStages => "project_stages",
            Self::ProjectTypes => "project_types",
            Self::ProjectRegions => "project_regions",
            Self::ProjectOwnerTypes => "project_owner_types",
            Self::ProjectBidTypes => "project_bid_types",
        }
    }

    /// The webhook resource whose events tell of changes to such a record.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Projects => "Projects",
            Self::Users => "Company Users",
            Self::Vendors => "Company Vendors",
            Self::Departments => "Departments",
            Self::Offices => "Offices",
            Self::Programs => "Programs",
            Self::Trades => "Trades",
            Self::CostCodes => "Standard Cost Codes",
            Self::CostCodeLists => "Standard Cost Code Lists",
            Self::ProjectStages => "Project Stages",
            Self::ProjectTypes => "Project Types",
            Self::ProjectRegions => "Project Regions",
            Self::ProjectOwnerTypes => "Project Owner Types",
            Self::ProjectBidTypes => "Project Bid Types",
        }
    }

    /// The first id. Project ids sit around 2^49, as in Procore's newer zones.
    fn first_id(self) -> i64 {
        match self {
            Self::Projects => 562_949_953_421_312,
            Self::Users => 160_000,
            Self::Vendors => 4_300_000_000,
            Self::Departments => 21_000,
            Self::Offices => 31_000,
            Self::Programs => 41_000,
            Self::Trades => 51_000,
            Self::CostCodes => 8_600_000_000,
            Self::CostCodeLists => 61_000,
            Self::ProjectStages => 71_000,
            Self::ProjectTypes => 81_000,
            Self::ProjectRegions => 91_000,
            Self::ProjectOwnerTypes => 101_000,
            Self::ProjectBidTypes => 111_000,
        }
    }
}

/// What a person changed about one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edit {
    pub created: bool,
    pub deleted: bool,
    pub active: Option<bool>,
    pub fields: Map<String, Value>,
    pub at: DateTime<Utc>,
}

/// All records of one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Records {
    pub sizes: Sizes,
    pub seed: u64,
    /// Keeps the ids of several companies in one simulator apart.
    pub ordinal: i64,
    pub edits: BTreeMap<Dataset, BTreeMap<i64, Edit>>,
}

/// Ids of one company stay below the next company's.
const IDS_PER_COMPANY: i64 = 100_000_000;
/// Where the indexes of records that a person created begin.
const CREATED_FROM: i64 = 50_000_000;

impl Records {
    pub fn new(sizes: Sizes, seed: u64, ordinal: i64) -> Self {
        Self {
            sizes,
            seed,
            ordinal,
            edits: BTreeMap::new(),
        }
    }

    /// Active and inactive records as made up, before edits.
    fn made_up(&self, dataset: Dataset) -> (u32, u32) {
        let sizes = &self.sizes;
        match dataset {
            Dataset::Projects => (sizes.projects, sizes.inactive_projects),
            Dataset::Users => (sizes.users, sizes.inactive_users),
            Dataset::Vendors => (sizes.vendors, sizes.inactive_vendors),
            Dataset::Departments => (sizes.departments, 0),
            Dataset::Offices => (sizes.offices, 0),
            Dataset::Programs => (sizes.programs, 0),
            Dataset::Trades => (sizes.trades, 0),
            Dataset::CostCodes => (sizes.cost_codes, 0),
            Dataset::CostCodeLists => (sizes.cost_code_lists, 0),
            Dataset::ProjectStages => (names::STAGES.len() as u32, 0),
            Dataset::ProjectTypes => (names::PROJECT_TYPES.len() as u32, 0),
            Dataset::ProjectRegions => (names::REGIONS.len() as u32, 0),
            Dataset::ProjectOwnerTypes => (names::OWNER_TYPES.len() as u32, 0),
            Dataset::ProjectBidTypes => (names::BID_TYPES.len() as u32, 0),
        }
    }

    pub fn id(&self, dataset: Dataset, index: i64) -> i64 {
        dataset.first_id() + self.ordinal * IDS_PER_COMPANY + index
    }

    fn index(&self, dataset: Dataset, id: i64) -> i64 {
        id - dataset.first_id() - self.ordinal * IDS_PER_COMPANY
    }

    /// The cheap facts of a record, deleted ones included; `None` where there never was one.
    pub fn row(&self, dataset: Dataset, id: i64) -> Option<Row> {
        let edit = self.edits.get(&dataset).and_then(|edits| edits.get(&id));
        let index = self.index(dataset, id);
        let (active, inactive) = self.made_up(dataset);
        let made_up = (0..i64::from(active) + i64::from(inactive)).contains(&index);
        if !made_up && edit.is_none() {
            return None;
        }
        Some(self.row_at(dataset, index, edit))
    }

    fn row_at(&self, dataset: Dataset, index: i64, edit: Option<&Edit>) -> Row {
        let (active, _) = self.made_up(dataset);
        let created = edit.is_some_and(|edit| edit.created);
        let born = born(index);
        Row {
            id: self.id(dataset, index),
            index,
            active: edit
                .and_then(|edit| edit.active)
                .unwrap_or(created || index < i64::from(active)),
            deleted: edit.is_some_and(|edit| edit.deleted),
            created_at: edit
                .filter(|edit| edit.created)
                .map_or(born, |edit| edit.at),
            updated_at: edit.map_or(born + TimeDelta::days(30), |edit| edit.at),
        }
    }

    /// Every record that is not deleted and that `filter` lets pass, in the order of ids.
    pub fn rows<'a>(
        &'a self,
        dataset: Dataset,
        filter: &'a Filter,
    ) -> impl Iterator<Item = Row> + 'a {
        let (active, inactive) = self.made_up(dataset);
        let edits = self.edits.get(&dataset);
        let made_up = (0..i64::from(active) + i64::from(inactive)).map(move |index| {
            let edit = edits.and_then(|edits| edits.get(&self.id(dataset, index)));
            self.row_at(dataset, index, edit)
        });
        let created = edits.into_iter().flatten().filter(|(_, edit)| edit.created);
        let created = created
            .map(move |(id, edit)| self.row_at(dataset, self.index(dataset, *id), Some(edit)));
        made_up
            .chain(created)
            .filter(move |row| !row.deleted && filter.passes(self, dataset, row))
    }

    /// The record's full body with edits laid over it.
    pub fn body(&self, dataset: Dataset, row: &Row) -> Map<String, Value> {
        let mut body = bodies::made_up(self, dataset, row);
        if let Some(edit) = self
            .edits
            .get(&dataset)
            .and_then(|edits| edits.get(&row.id))
        {
            for (name, value) in &edit.fields {
                body.insert(name.clone(), value.clone());
            }
        }
        body
    }

    /// A record's name, edits included.
    pub fn name(&self, dataset: Dataset, row: &Row) -> String {
        let edited = self
            .edits
            .get(&dataset)
            .and_then(|edits| edits.get(&row.id));
        match edited
            .and_then(|edit| edit.fields.get("name"))
            .and_then(Value::as_str)
        {
            Some(name) => name.to_owned(),
            None => bodies::name(self, dataset, row.index),
        }
    }

    /// `{id, name}` of the record that belongs to `index` when there are any.
    fn reference(&self, dataset: Dataset, index: i64) -> Value {
        let (active, _) = self.made_up(dataset);
        if active == 0 {
            return Value::Null;
        }
        let index = index.rem_euclid(i64::from(active));
        match self.row(dataset, self.id(dataset, index)) {
            Some(row) if !row.deleted => {
                json!({ "id": row.id, "name": self.name(dataset, &row) })
            }
            Some(_) | None => Value::Null,
        }
    }

    /// A number that depends on the seed, the kind and the index alone.
    fn chance(&self, dataset: Dataset, index: i64) -> u64 {
        let mut mixed = self.seed ^ ((dataset as u64) << 56) ^ index as u64;
        mixed = mixed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// When a made-up record was created: one every seven minutes from the start of 2025, then over.
fn born(index: i64) -> DateTime<Utc> {
    let start = DateTime::<Utc>::from_timestamp(1_735_689_600, 0).unwrap_or_default();
    start + TimeDelta::minutes(index.rem_euclid(40_000) * 7)
}

/// Why a record could not be changed.
#[derive(Debug, thiserror::Error)]
pub enum EditError {
    #[error("there is no such record")]
    Missing,
    #[error("the record was deleted")]
    Deleted,
}

impl Records {
    /// Adds a record with these fields and returns its id.
    pub fn create(
        &mut self,
        dataset: Dataset,
        fields: Map<String, Value>,
        now: DateTime<Utc>,
    ) -> i64 {
        let edits = self.edits.entry(dataset).or_default();
        let count = edits.values().filter(|edit| edit.created).count() as i64;
        let id = self.id(dataset, CREATED_FROM + count);
        let edit = Edit {
            created: true,
            deleted: false,
            active: None,
            fields,
            at: now,
        };
        self.edits.entry(dataset).or_default().insert(id, edit);
        id
    }

    /// Lays fields over a record; `active` takes it into or out of the active lists.
    pub fn update(
        &mut self,
        dataset: Dataset,
        id: i64,
        fields: Map<String, Value>,
        active: Option<bool>,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        let edit = self.edit(dataset, id, now)?;
        edit.fields.extend(fields);
        edit.active = active.or(edit.active);
        Ok(())
    }

    pub fn delete(
        &mut self,
        dataset: Dataset,
        id: i64,
        now: DateTime<Utc>,
    ) -> Result<(), EditError> {
        self.edit(dataset, id, now)?.deleted = true;
        Ok(())
    }

    fn edit(
        &mut self,
        dataset: Dataset,
        id: i64,
        now: DateTime<Utc>,
    ) -> Result<&mut Edit, EditError> {
        let row = self.row(dataset, id).ok_or(EditError::Missing)?;
        if row.deleted {
            return Err(EditError::Deleted);
        }
        let edit = self
            .edits
            .entry(dataset)
            .or_default()
            .entry(id)
            .or_insert_with(|| Edit {
                created: false,
                deleted: false,
                active: None,
                fields: Map::new(),
                at: now,
            });
        edit.at = now;
        Ok(edit)
    }
}
