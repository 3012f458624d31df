//! What a person changes about records, laid over the generated ones.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Dataset, IDS_PER_COMPANY, INDEXES_PER_PROJECT, Place, Records};

/// Where the indexes of records that a person created begin.
const CREATED_FROM: i64 = IDS_PER_COMPANY / 2;
/// The same among the records of one kind in a project.
const CREATED_IN_PROJECT_FROM: i64 = INDEXES_PER_PROJECT / 2;

/// What a person changed about one record.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Edit {
    pub created: bool,
    pub deleted: bool,
    pub active: Option<bool>,
    pub fields: Map<String, Value>,
    pub at: DateTime<Utc>,
    /// Until then the record alone is answered 404, though lists show it.
    #[serde(default)]
    pub readable_at: Option<DateTime<Utc>>,
}

impl Records {
    /// Adds a record with these fields, to the project where its kind belongs to one; returns its id.
    pub(crate) fn create(
        &mut self,
        dataset: Dataset,
        project_id: Option<i64>,
        fields: Map<String, Value>,
        at: DateTime<Utc>,
    ) -> i64 {
        let first = self.indexes(dataset, project_id).start
            + match dataset.place() {
                Place::Company => CREATED_FROM,
                Place::Project => CREATED_IN_PROJECT_FROM,
            };
        let count = self.created(dataset, project_id).count() as i64;
        let id = self.id(dataset, first + count);
        let edit = Edit {
            created: true,
            fields,
            at,
            ..Edit::default()
        };
        self.edits.entry(dataset).or_default().insert(id, edit);
        id
    }

    /// A record that was deleted is there again, as it was; says why it cannot be.
    pub(crate) fn restore(
        &mut self,
        dataset: Dataset,
        id: i64,
        at: DateTime<Utc>,
    ) -> Result<(), &'static str> {
        let deleted = self.edits.get_mut(&dataset).and_then(|it| it.get_mut(&id));
        let deleted = deleted.filter(|edit| edit.deleted);
        deleted.ok_or("the record was not deleted")?.deleted = false;
        self.edit(dataset, id, at)?;
        Ok(())
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

    /// Whether a record can be read alone already.
    pub(crate) fn is_readable(&self, dataset: Dataset, id: i64, now: DateTime<Utc>) -> bool {
        let edit = self.edited(dataset, id);
        let since = edit.and_then(|edit| edit.readable_at);
        since.is_none_or(|since| since <= now)
    }
}
