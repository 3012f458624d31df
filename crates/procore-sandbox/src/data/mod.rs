//! The generated records of a company and its projects: any number of them, each computed from its index when asked
//! for, with what a person edited laid over it.

mod bodies;
mod dataset;
mod edits;
mod listing;
mod members;
mod names;
mod project_bodies;
mod sizes;

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use dataset::{Dataset, Place};
pub(crate) use edits::Edit;
pub(crate) use listing::{Deleted, Filter, Row, Status};
pub(crate) use sizes::Sizes;

/// All records of one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Records {
    pub sizes: Sizes,
    pub seed: u64,
    /// Keeps the ids of several companies in one simulator apart.
    pub ordinal: i64,
    pub edits: BTreeMap<Dataset, BTreeMap<i64, Edit>>,
    /// By kind, project and record: who was added to a project (true) or taken from it.
    #[serde(default)]
    members: BTreeMap<Dataset, BTreeMap<i64, BTreeMap<i64, bool>>>,
}

/// Ids of one company stay below the next company's.
const IDS_PER_COMPANY: i64 = 100_000_000;
/// Records of one kind in a project have indexes next to each other, which begin at the project's
/// own index times this.
const INDEXES_PER_PROJECT: i64 = 10_000;

impl Records {
    pub(crate) fn new(sizes: Sizes, seed: u64, ordinal: i64) -> Self {
        Self {
            sizes,
            seed,
            ordinal,
            edits: BTreeMap::new(),
            members: BTreeMap::new(),
        }
    }

    /// How many records are made up, before edits: the active ones, which come first, and all; of
    /// the company, or of each project.
    fn generated(&self, dataset: Dataset) -> (i64, i64) {
        let (active, inactive) = (dataset.declaration().count)(&self.sizes);
        let most = match dataset.place() {
            Place::Company => IDS_PER_COMPANY / 2,
            Place::Project => INDEXES_PER_PROJECT / 2,
        };
        let all = i64::from(active) + i64::from(inactive);
        (i64::from(active).min(most), all.min(most))
    }

    pub(crate) fn id(&self, dataset: Dataset, index: i64) -> i64 {
        let declaration = dataset.declaration();
        let ids = match declaration.place {
            Place::Company => IDS_PER_COMPANY,
            Place::Project => IDS_PER_COMPANY * INDEXES_PER_PROJECT,
        };
        declaration.first_id + self.ordinal * ids + index
    }

    /// Id of the project that a project record belongs to.
    pub(crate) fn project_of(&self, dataset: Dataset, id: i64) -> i64 {
        let index = id - self.id(dataset, 0);
        self.id(Dataset::Projects, index.div_euclid(INDEXES_PER_PROJECT))
    }

    /// The indexes that records of a kind may have, in the project where they belong to one.
    fn indexes(&self, dataset: Dataset, project_id: Option<i64>) -> Range<i64> {
        match (dataset.place(), project_id) {
            (Place::Company, _) => 0..IDS_PER_COMPANY,
            (Place::Project, None) => 0..0,
            (Place::Project, Some(id)) => {
                let first = (id - self.id(Dataset::Projects, 0)) * INDEXES_PER_PROJECT;
                first..first + INDEXES_PER_PROJECT
            }
        }
    }

    /// The number of a record among those of its company or project.
    fn number(dataset: Dataset, index: i64) -> i64 {
        match dataset.place() {
            Place::Company => index,
            Place::Project => index.rem_euclid(INDEXES_PER_PROJECT),
        }
    }

    /// Whether there is a made-up record at an index; those of a project come with the project.
    fn is_generated(&self, dataset: Dataset, index: i64) -> bool {
        let counted = (0..self.generated(dataset).1).contains(&Self::number(dataset, index));
        counted
            && (dataset.place() == Place::Company || {
                let project = self.project_of(dataset, self.id(dataset, index));
                self.row(Dataset::Projects, project).is_some()
            })
    }

    fn edited(&self, dataset: Dataset, id: i64) -> Option<&Edit> {
        self.edits.get(&dataset)?.get(&id)
    }

    /// The cheap facts of a record, deleted ones included; `None` where there never was one.
    pub(crate) fn row(&self, dataset: Dataset, id: i64) -> Option<Row> {
        let (edit, index) = (self.edited(dataset, id), id - self.id(dataset, 0));
        (edit.is_some() || self.is_generated(dataset, index))
            .then(|| self.row_at(dataset, index, edit))
    }

    /// The same without deleted ones.
    pub(crate) fn existing(&self, dataset: Dataset, id: i64) -> Option<Row> {
        self.row(dataset, id).filter(|row| !row.deleted)
    }

    fn row_at(&self, dataset: Dataset, index: i64, edit: Option<&Edit>) -> Row {
        let created = edit.filter(|edit| edit.created);
        let number = Self::number(dataset, index);
        let active = created.is_some() || number < self.generated(dataset).0;
        let generated_at = generated_at(index);
        Row {
            id: self.id(dataset, index),
            index,
            active: edit.and_then(|edit| edit.active).unwrap_or(active),
            deleted: edit.is_some_and(|edit| edit.deleted),
            created_at: created.map_or(generated_at, |edit| edit.at),
            updated_at: edit.map_or(generated_at + TimeDelta::days(30), |edit| edit.at),
        }
    }

    /// Every record that `filter` lets pass, in the order of ids.
    pub(crate) fn rows<'a>(
        &'a self,
        dataset: Dataset,
        filter: &'a Filter,
    ) -> impl Iterator<Item = Row> + 'a {
        let ids: Box<dyn Iterator<Item = i64> + 'a> = match &filter.visible {
            Some(visible) => Box::new(visible.iter().copied()),
            None => Box::new(self.ids(dataset, filter.project_id)),
        };
        ids.filter_map(move |id| self.row(dataset, id))
            .filter(move |row| filter.passes(self, dataset, row))
    }

    /// The id of every record that there ever was.
    fn ids(&self, dataset: Dataset, project_id: Option<i64>) -> impl Iterator<Item = i64> {
        let indexes = self.indexes(dataset, project_id);
        let count = match indexes.is_empty() {
            true => 0,
            false => self.generated(dataset).1,
        };
        let generated = (0..count).map(move |number| self.id(dataset, indexes.start + number));
        generated.chain(self.created(dataset, project_id))
    }

    /// The ids of those that a person created.
    fn created(&self, dataset: Dataset, project_id: Option<i64>) -> impl Iterator<Item = i64> {
        let indexes = self.indexes(dataset, project_id);
        let ids = self.id(dataset, indexes.start)..self.id(dataset, indexes.end);
        let edits = self.edits.get(&dataset).into_iter();
        let edits = edits.flat_map(move |edits| edits.range(ids.clone()));
        edits.filter(|(_, edit)| edit.created).map(|(id, _)| *id)
    }

    /// The record's body with edits laid over it, with or without the fields of the fullest view.
    pub(crate) fn body(&self, dataset: Dataset, row: &Row, extended: bool) -> Map<String, Value> {
        let declaration = dataset.declaration();
        let name = (declaration.title)(self, row.index);
        let mut bodies = (declaration.body)(self, row, &name).map(|body| match body {
            Value::Object(fields) => fields,
            _ => Map::new(),
        });
        let [body, further] = &mut bodies;
        let edits = self
            .edited(dataset, row.id)
            .into_iter()
            .flat_map(|edit| edit.fields.clone());
        for (name, value) in edits {
            let part = if further.contains_key(&name) {
                &mut *further
            } else {
                &mut *body
            };
            part.insert(name, value);
        }
        let [mut body, further] = bodies;
        body.extend(further.into_iter().filter(|_| extended));
        body
    }

    /// A record's name, edits included.
    pub(crate) fn name(&self, dataset: Dataset, row: &Row) -> String {
        let edited = self
            .edited(dataset, row.id)
            .and_then(|edit| edit.fields.get(dataset.title_field())?.as_str());
        edited.map_or_else(
            || (dataset.declaration().title)(self, row.index),
            str::to_owned,
        )
    }

    /// `{id, name}` of the record that belongs to `index` when there are any.
    fn reference(&self, dataset: Dataset, index: i64) -> Value {
        let active = self.generated(dataset).0.max(1);
        let row = self.existing(dataset, self.id(dataset, index.rem_euclid(active)));
        row.map_or(
            Value::Null,
            |row| json!({ "id": row.id, "name": self.name(dataset, &row) }),
        )
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

/// When a generated record was created: one every seven minutes from the start of 2025, then over.
fn generated_at(index: i64) -> DateTime<Utc> {
    let start = DateTime::<Utc>::from_timestamp(1_735_689_600, 0).unwrap_or_default();
    start + TimeDelta::minutes(index.rem_euclid(40_000) * 7)
}
