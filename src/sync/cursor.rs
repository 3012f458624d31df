//! Where a sync resumes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::Read;
use crate::procore::PageCursor;
use crate::verdict::{ReasonCode, Said};

/// Where a sync resumes: small, without secrets, stored with every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SyncCursor {
    /// When the sync began: records not seen since then are gone.
    pub began_at: DateTime<Utc>,
    /// End of the time range when only changes are read.
    pub until: DateTime<Utc>,
    /// The list being read.
    #[serde(rename = "at")]
    pub(super) current: Option<ListCursor>,
    /// Lists that were read to their end.
    #[serde(rename = "through")]
    finished: Vec<FinishedList>,
    /// Lists that Procore refused.
    pub refused: Vec<ListRefusal>,
    /// The segment of each list that Procore has moved to one.
    #[serde(default)]
    segments: BTreeMap<String, i64>,
}

/// A list that Procore refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRefusal {
    /// Name of the list in the catalog.
    pub list: String,
    pub code: ReasonCode,
    /// What Procore said, if it refused with a status of its own.
    #[serde(default)]
    pub said: Option<Said>,
}

impl ListRefusal {
    pub fn new(list: &Read, code: ReasonCode, said: Option<Said>) -> Self {
        Self {
            list: list.name.to_owned(),
            code,
            said,
        }
    }
}

/// Where reading one list resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListCursor {
    pub read: String,
    /// The record this list belongs to, for lists that exist once per record.
    pub parent: Option<i64>,
    /// The page to fetch; `None` at the end of the list or of a parent's list.
    pub page: Option<PageCursor>,
    /// Set when Procore was too slow with the largest page.
    pub page_size: Option<u32>,
    /// Rows read so far, of all parents.
    pub rows: u64,
    /// Rows of this parent, according to Procore.
    pub total: Option<u64>,
    /// Rows of the parents before this one.
    pub total_before: u64,
    /// Whether all rows came and the list kept its length while we read it.
    #[serde(rename = "steady")]
    pub complete: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FinishedList {
    read: String,
    rows: u64,
    trusted: bool,
}

impl ListCursor {
    pub(super) fn begin(read: &str, parent: Option<i64>) -> Self {
        Self {
            read: read.to_owned(),
            parent,
            page: Some(PageCursor::first()),
            page_size: None,
            rows: 0,
            total: None,
            total_before: 0,
            complete: true,
        }
    }

    pub(super) fn for_parent(self, parent: i64) -> Self {
        Self {
            parent: Some(parent),
            page: Some(PageCursor::first()),
            total: None,
            ..self
        }
    }

    /// Checks the rows against Procore's total at the end of a list or of a parent's list.
    pub(super) fn finish_parent(&mut self) {
        match self.total.take() {
            Some(total) => self.total_before += total,
            None => self.complete = false,
        }
        self.complete &= self.total_before == self.rows;
        self.total_before = self.rows;
    }

    /// Starts the list, or the current parent's list, again with pages of `size`.
    pub(super) fn restart(&mut self, size: u32) {
        self.page = Some(PageCursor::first());
        self.page_size = Some(size);
        self.rows = self.total_before;
        self.total = None;
    }
}

impl SyncCursor {
    /// The cursor of a sync that begins `now`.
    pub fn begin(now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            began_at: now,
            until,
            current: None,
            finished: Vec::new(),
            refused: Vec::new(),
            segments: BTreeMap::new(),
        }
    }

    /// Rows read so far.
    pub fn rows(&self) -> u64 {
        let before: u64 = self.finished.iter().map(|list| list.rows).sum();
        before + self.current.as_ref().map_or(0, |at| at.rows)
    }

    /// Total rows of the lists so far, including the current one; `None` while Procore has not told
    /// its total.
    pub fn total(&self) -> Option<u64> {
        let before: u64 = self.finished.iter().map(|list| list.rows).sum();
        match &self.current {
            Some(at) => {
                let known = at.total_before + at.total.unwrap_or_default();
                (at.total.is_some() || at.page.is_none()).then_some(before + known)
            }
            None => Some(before),
        }
    }

    /// Lets refused lists be read again.
    pub fn retry_refused(&mut self) {
        self.refused.clear();
    }

    pub(super) fn is_finished(&self, read: &str) -> bool {
        self.finished.iter().any(|list| list.read == read)
            || self.refused.iter().any(|refusal| refusal.list == read)
    }

    /// Whether a list was read completely.
    pub(super) fn is_trusted(&self, read: &str) -> bool {
        self.finished
            .iter()
            .any(|list| list.read == read && list.trusted)
    }

    pub(super) fn finish_list(&mut self, at: ListCursor) {
        self.finished.push(FinishedList {
            read: at.read,
            rows: at.rows,
            trusted: at.complete,
        });
    }

    /// Skips the rest of the current list for a reason; what was read of it stays.
    pub fn refused(mut self, refusal: ListRefusal) -> Self {
        self.current = None;
        self.refused.push(refusal);
        self
    }

    /// The segment to which a list was moved.
    pub(super) fn segment(&self, read: &str) -> Option<i64> {
        self.segments.get(read).copied()
    }

    /// Keeps to which segment a list was moved.
    pub(super) fn remember_segment(&mut self, read: &str, segment: i64) {
        self.segments.insert(read.to_owned(), segment);
    }
}
