//! Reads what changed in a list lately: where an event names a record by an id that the list does not know, that
//! is how it is found.

use chrono::{DateTime, Utc};

use super::page::is_deleted;
use super::single::{Shown, parts};
use super::{CLOCK_SKEW, window};
use crate::catalog::{DataSet, Ids, Shows};
use crate::procore::{CompanyApi, Error};
use crate::store::records::NewRecord;

/// What changed of one kind of records.
#[derive(Debug, Default)]
pub(crate) struct Changed {
    pub records: Vec<NewRecord>,
    /// Ids of those that were deleted.
    pub gone: Vec<i64>,
    /// Rows that cannot be read, as they came.
    pub unread: Vec<String>,
}

impl Changed {
    /// Whether something of it came about at `at` or later, or was deleted.
    pub(crate) fn reaches(&self, at: Option<DateTime<Utc>>, deleted: bool) -> bool {
        let is_new = |it: &NewRecord| at.is_none_or(|at| it.updated_at >= Some(at));
        match deleted {
            true => !self.gone.is_empty(),
            false => self.records.iter().any(is_new),
        }
    }
}

/// What changed of a kind since `since`, by every list of it that can say so.
pub(crate) async fn read(
    api: &CompanyApi,
    ids: Ids,
    (data_set, kind): (DataSet, &str),
    since: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<Changed, Error> {
    let mut changed = Changed::default();
    let lists = data_set.entry().reads.iter().filter(|it| it.kind == kind);
    for read in lists {
        let Some(filter) = read.changes else { continue };
        let mut query = read.query(ids, true);
        query.push((filter, window(since - CLOCK_SKEW, now + CLOCK_SKEW)));
        let shown = parts(api, read, read.path_for(ids), query).await?;
        let Shown::Parts { records, unread } = shown else {
            continue;
        };
        changed.unread.extend(unread);
        match read.shows {
            Shows::Records => changed.records.extend(records),
            Shows::Deletions => {
                let deleted = records.iter();
                let deleted = deleted.filter(|it| is_deleted(it, read.deleted_in));
                changed.gone.extend(deleted.map(|it| it.procore_id));
            }
        }
    }
    Ok(changed)
}
