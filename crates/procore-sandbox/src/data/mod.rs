//! The generated records of a company: any number of them, each computed from its index when asked
//! for, with what a person edited laid over it.

mod bodies;
mod dataset;
mod edits;
mod listing;
mod names;
mod sizes;

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub(crate) use dataset::Dataset;
pub(crate) use edits::Edit;
pub(crate) use listing::{Filter, Row, Status};
pub(crate) use sizes::Sizes;

/// All records of one company.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Records {
    pub sizes: Sizes,
    pub seed: u64,
    /// Keeps the ids of several companies in one simulator apart.
    pub ordinal: i64,
    pub edits: BTreeMap<Dataset, BTreeMap<i64, Edit>>,
}

/// Ids of one company stay below the next company's.
const IDS_PER_COMPANY: i64 = 100_000_000;

impl Records {
    pub(crate) fn new(sizes: Sizes, seed: u64, ordinal: i64) -> Self {
        Self {
            sizes,
            seed,
            ordinal,
            edits: BTreeMap::new(),
        }
    }

    /// How many records are made up, before edits: the active ones, which come first, and all.
    fn generated(&self, dataset: Dataset) -> (i64, i64) {
        let (active, inactive) = (dataset.declaration().count)(&self.sizes);
        (i64::from(active), i64::from(active) + i64::from(inactive))
    }

    pub(crate) fn id(&self, dataset: Dataset, index: i64) -> i64 {
        dataset.declaration().first_id + self.ordinal * IDS_PER_COMPANY + index
    }

    fn edited(&self, dataset: Dataset, id: i64) -> Option<&Edit> {
        self.edits.get(&dataset)?.get(&id)
    }

    /// The cheap facts of a record, deleted ones included; `None` where there never was one.
    pub(crate) fn row(&self, dataset: Dataset, id: i64) -> Option<Row> {
        let (edit, index) = (self.edited(dataset, id), id - self.id(dataset, 0));
        let generated = (0..self.generated(dataset).1).contains(&index);
        (generated || edit.is_some()).then(|| self.row_at(dataset, index, edit))
    }

    /// The same without deleted ones.
    pub(crate) fn existing(&self, dataset: Dataset, id: i64) -> Option<Row> {
        self.row(dataset, id).filter(|row| !row.deleted)
    }

    fn row_at(&self, dataset: Dataset, index: i64, edit: Option<&Edit>) -> Row {
        let created = edit.filter(|edit| edit.created);
        let active = created.is_some() || index < self.generated(dataset).0;
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

    /// Every record that is not deleted and that `filter` lets pass, in the order of ids.
    pub(crate) fn rows<'a>(
        &'a self,
        dataset: Dataset,
        filter: &'a Filter,
    ) -> impl Iterator<Item = Row> + 'a {
        let generated = (0..self.generated(dataset).1).map(move |index| self.id(dataset, index));
        let edits = self.edits.get(&dataset).into_iter().flatten();
        let created = edits.filter(|(_, edit)| edit.created).map(|(id, _)| *id);
        let ids = generated.chain(created);
        ids.filter_map(move |id| self.existing(dataset, id))
            .filter(move |row| filter.passes(self, dataset, row))
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
            .and_then(|edit| edit.fields.get("name")?.as_str());
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
