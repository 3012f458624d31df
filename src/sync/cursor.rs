//! Where a sync resumes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::CLOCK_SKEW;
use crate::catalog::{DataSet, Read};
use crate::ledger::ShortList;
use crate::procore::{PageCursor, READINGS, Tally};
use crate::verdict::{ReasonCode, Said};

/// Where a sync resumes: small, without secrets, stored with every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SyncCursor {
    /// When the sync began.
    began_at: DateTime<Utc>,
    /// End of the time range when only changes are read.
    pub until: DateTime<Utc>,
    /// The list being read.
    #[serde(rename = "at")]
    pub(super) current: Option<ListCursor>,
    /// How often the next list was read that did not come whole.
    #[serde(default)]
    readings: u32,
    /// The last of those readings.
    #[serde(default)]
    before: Option<Reading>,
    /// Lists that were read to their end.
    #[serde(rename = "through")]
    finished: Vec<FinishedList>,
    /// Lists that Procore refused.
    pub refused: Vec<ListRefusal>,
    /// The segment of each list that Procore has moved to one.
    #[serde(default)]
    segments: BTreeMap<String, i64>,
    /// The page size of lists for which Procore fails with larger ones.
    #[serde(default)]
    page_sizes: BTreeMap<String, u32>,
    /// Whether any list came on more than one page.
    #[serde(default)]
    pub took_several_pages: bool,
}

/// A list that Procore refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ListRefusal {
    /// Name of the list in the catalog.
    pub list: String,
    pub code: ReasonCode,
    /// What Procore said, if it refused with a status of its own.
    #[serde(default)]
    pub said: Option<Said>,
}

impl ListRefusal {
    pub(crate) fn new(list: &Read, code: ReasonCode, said: Option<Said>) -> Self {
        Self {
            list: list.name.to_owned(),
            code,
            said,
        }
    }

    /// Whether the records of its data set are of use without the list.
    pub(crate) fn can_be_done_without(&self) -> bool {
        let mut entries = DataSet::OF_COMPANY.into_iter().map(DataSet::entry);
        entries.any(|entry| {
            let mut reads = entry.reads.iter();
            reads.any(|read| read.name == self.list && entry.can_do_without(read))
        })
    }
}

/// A reading of a list to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reading {
    pub began_at: DateTime<Utc>,
    /// Different rows that came.
    pub rows: u64,
}

/// Where reading one list resumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ListCursor {
    pub read: String,
    /// The record this list belongs to, for lists that exist once per record.
    pub parent: Option<i64>,
    /// The page to fetch; `None` at the end of the list or of a parent's list.
    pub page: Option<PageCursor>,
    /// When this reading began, after every one before. Its records are marked as seen then, so that
    /// they can be counted.
    #[serde(default)]
    pub began_at: DateTime<Utc>,
    #[serde(flatten)]
    pub tally: Tally,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct FinishedList {
    read: String,
    rows: u64,
    /// Whether it was read completely.
    trusted: bool,
    /// As many as there are, according to Procore.
    #[serde(default)]
    total: Option<u64>,
    /// Whether it changed while it was read.
    #[serde(default)]
    changed: bool,
    /// Whether its end was never seen.
    #[serde(default)]
    cut_short: bool,
    /// When its last reading began.
    #[serde(default)]
    began_at: DateTime<Utc>,
}

impl ListCursor {
    pub(super) fn begin(read: &str, parent: Option<i64>, began_at: DateTime<Utc>) -> Self {
        Self {
            read: read.to_owned(),
            parent,
            page: Some(PageCursor::first()),
            began_at,
            tally: Tally::default(),
        }
    }

    pub(super) fn for_parent(self, parent: i64) -> Self {
        Self {
            parent: Some(parent),
            page: Some(PageCursor::first()),
            ..self
        }
    }
}

impl SyncCursor {
    /// The cursor of a sync that begins `now`.
    pub(crate) fn begin(now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            began_at: now,
            until,
            current: None,
            readings: 0,
            before: None,
            finished: Vec::new(),
            refused: Vec::new(),
            segments: BTreeMap::new(),
            page_sizes: BTreeMap::new(),
            took_several_pages: false,
        }
    }

    /// The cursor of a sync that begins `now` and knows what this one has learnt of page sizes.
    pub(crate) fn begin_again(self, now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            segments: self.segments,
            page_sizes: self.page_sizes,
            ..Self::begin(now, until)
        }
    }

    /// Rows read so far.
    pub(crate) fn rows(&self) -> u64 {
        let before: u64 = self.finished.iter().map(|list| list.rows).sum();
        before + self.current.as_ref().map_or(0, |at| at.tally.rows)
    }

    /// Total rows of the lists so far, including the current one; `None` while Procore has not told
    /// its total.
    pub(crate) fn total(&self) -> Option<u64> {
        let total = |list: &FinishedList| list.total.unwrap_or(list.rows);
        let before: u64 = self.finished.iter().map(total).sum();
        match &self.current {
            Some(at) => at.tally.total().map(|total| before + total),
            None => Some(before),
        }
    }

    /// Lists that were read to their end and are not complete.
    pub(crate) fn short(&self) -> Vec<ShortList> {
        let short = self.finished.iter().filter(|list| !list.trusted);
        short
            .map(|list| ShortList {
                list: list.read.clone(),
                rows: list.rows,
                total: list.total.unwrap_or(list.rows),
                changed: list.changed,
                cut_short: list.cut_short,
            })
            .collect()
    }

    /// Lets refused lists be read again.
    pub(crate) fn retry_refused(&mut self) {
        self.refused.clear();
    }

    pub(super) fn is_finished(&self, read: &str) -> bool {
        self.finished.iter().any(|list| list.read == read)
            || self.refused.iter().any(|refusal| refusal.list == read)
    }

    /// When the reading of a list began that came whole; `None` if none did.
    pub(super) fn complete_since(&self, read: &str) -> Option<DateTime<Utc>> {
        self.finished_since(read, |list| list.trusted)
    }

    /// When the last reading of a list began that saw its end, whether or not all of it came.
    pub(super) fn ended_since(&self, read: &str) -> Option<DateTime<Utc>> {
        self.finished_since(read, |list| !list.cut_short)
    }

    fn finished_since(
        &self,
        read: &str,
        counts: impl Fn(&FinishedList) -> bool,
    ) -> Option<DateTime<Utc>> {
        let mut finished = self.finished.iter();
        let list = finished.find(|list| list.read == read && counts(list))?;
        // An earlier release did not note it.
        Some(list.began_at.max(self.began_at))
    }

    /// Begins to read a list.
    pub(super) fn begin_list(&mut self, read: &str, parent: Option<i64>, began_at: DateTime<Utc>) {
        self.current = Some(ListCursor::begin(read, parent, began_at));
    }

    /// When the reading began of which a list's records are counted.
    pub(super) fn seen_since(&self, at: &ListCursor) -> DateTime<Utc> {
        at.began_at.max(self.began_at)
    }

    /// The reading before of the current list, which did not come whole then.
    pub(super) fn reading_before(&self) -> Option<Reading> {
        self.before
    }

    /// Whether a record last changed before this sync began, however the clocks differ.
    pub(super) fn is_old(&self, updated_at: Option<DateTime<Utc>>) -> bool {
        updated_at.is_some_and(|at| at < self.began_at - CLOCK_SKEW)
    }

    /// Ends a reading in which `distinct` different records came, and which the one before may have
    /// confirmed. A list that did not come whole is next again, a few times.
    pub(super) fn end_list(&mut self, at: ListCursor, distinct: u64, confirmed: bool) {
        let gap = at.tally.gap(distinct, confirmed);
        self.readings += 1;
        if gap.is_some() && self.readings < READINGS {
            tracing::info!(list = at.read, "A list did not come whole: {gap:?}");
            self.before = Some(Reading {
                began_at: self.seen_since(&at),
                rows: distinct,
            });
            return;
        }
        (self.readings, self.before) = (0, None);
        self.finished.push(FinishedList {
            began_at: self.seen_since(&at),
            read: at.read,
            rows: distinct,
            trusted: gap.is_none(),
            total: gap.map(|gap| gap.total),
            changed: gap.is_some_and(|gap| gap.changed),
            cut_short: gap.is_some_and(|gap| gap.cut_short),
        });
    }

    /// Skips the rest of the current list for a reason; what was read of it stays.
    pub(crate) fn refused(mut self, refusal: ListRefusal) -> Self {
        self.current = None;
        (self.readings, self.before) = (0, None);
        self.refused.push(refusal);
        self
    }

    /// The segment to which a list was moved.
    pub(super) fn segment(&self, read: &str) -> Option<i64> {
        self.segments.get(read).copied()
    }

    /// Keeps to which segment the current list was moved. It begins again there, whose pages are
    /// others.
    pub(super) fn moved(mut self, read: &str, segment: i64) -> Self {
        self.segments.insert(read.to_owned(), segment);
        self.current = None;
        (self.readings, self.before) = (0, None);
        self
    }

    /// The page size of a list whose largest is `largest`.
    pub(super) fn page_size(&self, read: &str, largest: u32) -> u32 {
        self.page_sizes.get(read).copied().unwrap_or(largest)
    }

    /// Keeps a page size that Procore can answer.
    pub(super) fn remember_page_size(&mut self, read: &str, size: u32) {
        self.page_sizes.insert(read.to_owned(), size);
    }
}
