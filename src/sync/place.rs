//! Where a reading goes on.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::catalog::Read;
use crate::procore::PageCursor;
use crate::verdict::ReasonCode;

/// Where a reading goes on: small, without secrets, stored with every page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// When the reading began: what it does not see from then on is gone.
    pub began_at: DateTime<Utc>,
    /// Up to when changes are asked for.
    pub until: DateTime<Utc>,
    /// The list in hand.
    pub(super) at: Option<At>,
    /// Lists that were read to their end.
    through: Vec<Through>,
    /// Lists that Procore refused.
    pub refused: Vec<Refusal>,
}

/// A list that Procore refused, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Name of the list in the catalog.
    pub list: String,
    pub code: ReasonCode,
}

impl Refusal {
    pub fn of(list: &Read, code: ReasonCode) -> Self {
        Self {
            list: list.name.to_owned(),
            code,
        }
    }
}

/// The list in hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct At {
    pub read: String,
    /// The record whose own list this is, for lists that exist once per record.
    pub parent: Option<i64>,
    /// The page to ask for; none at the end of a list, or of one parent's.
    pub page: Option<PageCursor>,
    /// Set where Procore was too slow with the largest page.
    pub page_size: Option<u32>,
    /// Rows that came, of all parents.
    pub rows: u64,
    /// Rows that Procore says there are for this parent.
    pub total: Option<u64>,
    /// Rows that there are for the parents before.
    pub total_before: u64,
    /// Whether the list stayed as long as it was while we read it, and all of it came.
    pub steady: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Through {
    read: String,
    rows: u64,
    trusted: bool,
}

impl At {
    pub(super) fn begin(read: &str, parent: Option<i64>) -> Self {
        Self {
            read: read.to_owned(),
            parent,
            page: Some(PageCursor::first()),
            page_size: None,
            rows: 0,
            total: None,
            total_before: 0,
            steady: true,
        }
    }

    pub(super) fn of_parent(self, parent: i64) -> Self {
        Self {
            parent: Some(parent),
            page: Some(PageCursor::first()),
            total: None,
            ..self
        }
    }

    /// Settles the total of a list, or of one parent's, at its end.
    pub(super) fn end_of_parent(&mut self) {
        match self.total.take() {
            Some(total) => self.total_before += total,
            None => self.steady = false,
        }
        self.steady &= self.total_before == self.rows;
        self.total_before = self.rows;
    }

    /// Begins the list again with pages of `size`.
    pub(super) fn restart(&mut self, size: u32) {
        self.page = Some(PageCursor::first());
        self.page_size = Some(size);
        self.rows = self.total_before;
        self.total = None;
    }
}

impl Place {
    /// The place of a reading that begins `now`.
    pub fn begin(now: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        Self {
            began_at: now,
            until,
            at: None,
            through: Vec::new(),
            refused: Vec::new(),
        }
    }

    /// Rows that came so far.
    pub fn rows(&self) -> u64 {
        let before: u64 = self.through.iter().map(|list| list.rows).sum();
        before + self.at.as_ref().map_or(0, |at| at.rows)
    }

    /// Rows that there are, as far as Procore has said: of the lists so far and the one in hand.
    pub fn total(&self) -> Option<u64> {
        let before: u64 = self.through.iter().map(|list| list.rows).sum();
        match &self.at {
            Some(at) => {
                let known = at.total_before + at.total.unwrap_or_default();
                (at.total.is_some() || at.page.is_none()).then_some(before + known)
            }
            None => Some(before),
        }
    }

    /// Lets the refused lists be tried again.
    pub fn forgive(&mut self) {
        self.refused.clear();
    }

    pub(super) fn is_through(&self, read: &str) -> bool {
        self.through.iter().any(|list| list.read == read)
            || self.refused.iter().any(|refusal| refusal.list == read)
    }

    /// Whether a list was read to its end and all of it came.
    pub(super) fn is_trusted(&self, read: &str) -> bool {
        self.through
            .iter()
            .any(|list| list.read == read && list.trusted)
    }

    pub(super) fn close(&mut self, at: At) {
        self.through.push(Through {
            read: at.read,
            rows: at.rows,
            trusted: at.steady,
        });
    }

    /// The place at which the list in hand is left out; what was read of it stays.
    pub fn refused(mut self, refusal: Refusal) -> Self {
        self.at = None;
        self.refused.push(refusal);
        self
    }
}
