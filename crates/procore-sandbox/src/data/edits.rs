//! What a person changes about records, laid over the generated ones.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Dataset, Records};

/// Where the indexes of records that a person created begin.
const CREATED_FROM: i64 = 50_000_000;

/// What a person changed about one record.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Edit {
    pub created: bool,
    pub deleted: bool,
    pub active: Option<bool>,
    pub fields: Map<String, Value>,
    pub at: DateTime<Utc>,
}

impl Records {
    /// Adds a record with these fields and returns its id.
    pub(crate) fn create(
        &mut self,
        dataset: Dataset,
        fields: Map<String, Value>,
        at: DateTime<Utc>,
    ) -> i64 {
        let edits = self.edits.get(&dataset).into_iter().flatten();
        let count = edits.filter(|(_, edit)| edit.created).count() as i64;
        let id = self.id(dataset, CREATED_FROM + count);
        let edit = Edit {
            created: true,
            fields,
            at,
            ..Edit::default()
        };
        self.edits.entry(dataset).or_default().insert(id, edit);
        id
    }

    /// The edit of a record that is there, to be changed; says why there is none.
    pub(crate) fn edit(
        &mut self,
        dataset: Dataset,
        id: i64,
        at: DateTime<Utc>,
    ) -> Result<&mut Edit, &'static str> {
        let row = self.row(dataset, id).ok_or("there is no such record")?;
        if row.deleted {
            return Err("the record was deleted");
        }
        let edit = self
            .edits
            .entry(dataset)
            .or_default()
            .entry(id)
            .or_default();
        edit.at = at;
        Ok(edit)
    }
}
