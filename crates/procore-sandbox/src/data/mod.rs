//! The made-up records of a company: any number of them, each computed from its index when asked
//! for, with what a person edited laid over it.

mod bodies;
mod dataset;
mod edits;
mod listing;
mod names;
mod projects;
mod sizes;
mod vendors;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use dataset::Dataset;
pub use edits::Edit;
pub use listing::{Filter, Row, Status};
pub use sizes::Sizes;

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
        (dataset.declaration().count)(&self.sizes)
    }

    pub fn id(&self, dataset: Dataset, index: i64) -> i64 {
        dataset.declaration().first_id + self.ordinal * IDS_PER_COMPANY + index
    }

    fn index(&self, dataset: Dataset, id: i64) -> i64 {
        id - dataset.declaration().first_id - self.ordinal * IDS_PER_COMPANY
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
        let declaration = dataset.declaration();
        let name = (declaration.title)(self, row.index);
        let mut body = bodies::object((declaration.body)(self, row, &name));
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
            None => (dataset.declaration().title)(self, row.index),
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
