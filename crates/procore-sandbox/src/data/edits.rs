//! What a person changes about records, laid over the made-up ones.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Dataset, Records};

/// Where the indexes of records that a person created begin.
const CREATED_FROM: i64 = 50_000_000;

/// What a person changed about one record.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edit {
    pub created: bool,
    pub deleted: bool,
    pub active: Option<bool>,
    pub fields: Map<String, Value>,
    pub at: DateTime<Utc>,
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
