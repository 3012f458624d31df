//! Whether a list came whole: the rows that came, compared with what Procore says there are.

use serde::{Deserialize, Serialize};

/// What one reading of a list has shown so far.
///
/// A list may come in parts that each have a total of their own, one per parent record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Rows that came, of all parts.
    pub rows: u64,
    /// Rows of this part, as Procore last said.
    total: Option<u64>,
    /// Rows that came with the parts before.
    #[serde(default)]
    rows_before: u64,
    /// Rows of the parts before, as Procore said.
    total_before: u64,
    /// Whether no total has changed.
    steady: bool,
    /// Whether the reading stopped where nothing proves that the list ends.
    #[serde(default)]
    cut_short: bool,
    /// Whether another row may have moved past us unseen: a row of a later page may be new and have
    /// taken the place of a deleted one, or no total tells of deletions.
    #[serde(default)]
    may_have_moved: bool,
}

/// What keeps a list from being complete, though it was read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gap {
    /// Different rows that came.
    pub rows: u64,
    /// Rows that there are, as far as Procore said.
    pub total: u64,
    /// Whether the list changed while it was read.
    pub changed: bool,
    /// Whether its end was never seen.
    pub cut_short: bool,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            rows: 0,
            total: None,
            rows_before: 0,
            total_before: 0,
            steady: true,
            cut_short: false,
            may_have_moved: false,
        }
    }
}

impl Tally {
    /// Counts a page: rows that did not come before, the total that Procore gave with it, and
    /// whether all of its rows are older than the reading.
    pub(crate) fn add_page(&mut self, rows: u64, total: Option<u64>, old: bool) {
        let is_later = self.rows > self.rows_before;
        self.may_have_moved |= is_later && !(old && total.is_some());
        self.rows += rows;
        self.steady &= self.total.is_none() || total.is_none() || self.total == total;
        self.total = total.or(self.total);
    }

    /// Notes that the reading stopped where nothing proves that the list ends.
    pub(crate) fn cut_short(&mut self) {
        self.cut_short = true;
    }

    /// Ends a part. Without a total it has as many rows as came until its end was seen.
    pub(crate) fn end_part(&mut self) {
        let total = self.total.take();
        self.total_before += total.unwrap_or(self.rows - self.rows_before);
        self.rows_before = self.rows;
    }

    /// Rows of the parts so far, as far as Procore has said.
    pub fn total(&self) -> Option<u64> {
        let between_parts = self.rows > 0 && self.rows == self.rows_before;
        Some(self.total_before + self.total.or(between_parts.then_some(0))?)
    }

    /// What is wrong with the list after its last part, if `distinct` different rows came, and
    /// whether the very same came in the reading before.
    ///
    /// A row that came twice is one that moved, and another may have moved past us.
    pub(crate) fn gap(&self, distinct: u64, confirmed: bool) -> Option<Gap> {
        let still = self.steady && distinct == self.rows && (confirmed || !self.may_have_moved);
        let whole = still && !self.cut_short && self.total_before == self.rows;
        (!whole).then_some(Gap {
            rows: distinct,
            total: self.total_before,
            changed: !still,
            cut_short: self.cut_short,
        })
    }
}
