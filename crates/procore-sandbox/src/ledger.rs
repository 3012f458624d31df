//! What was asked of the simulator, and what of it broke Procore's rules.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

const KEPT: usize = 1000;

/// A request that the real Procore refuses, or that its rules forbid.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Violation {
    pub at: DateTime<Utc>,
    pub method: String,
    pub path: String,
    pub why: String,
}

/// One request.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Entry {
    pub at: DateTime<Utc>,
    pub method: String,
    pub path: String,
    /// None when the connection was cut.
    pub status: Option<u16>,
}

/// How often an endpoint was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RequestCount {
    pub method: String,
    /// With `{…}` for the parts that vary.
    pub path: String,
    pub count: u64,
}

#[derive(Default)]
pub(crate) struct Ledger {
    pub violations: Vec<Violation>,
    /// By method and path template.
    counts: BTreeMap<(String, String), u64>,
    under_way: Arc<()>,
    /// How many requests were under way side by side at the most.
    pub most_at_once: usize,
    /// The latest requests, newest last.
    pub log: VecDeque<Entry>,
}

impl Ledger {
    pub(crate) fn count(&mut self, method: &str, template: &str) {
        let key = (method.to_owned(), template.to_owned());
        *self.counts.entry(key).or_default() += 1;
    }

    /// A request is under way until what it gets here is dropped.
    pub(crate) fn begin(&mut self) -> Arc<()> {
        let under_way = self.under_way.clone();
        self.most_at_once = self.most_at_once.max(Arc::strong_count(&under_way) - 1);
        under_way
    }

    pub(crate) fn note(&mut self, entry: Entry) {
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(entry);
    }

    pub(crate) fn reset_counts(&mut self) {
        self.counts.clear();
        self.most_at_once = Arc::strong_count(&self.under_way) - 1;
        self.log.clear();
    }

    /// In the order of methods and paths.
    pub(crate) fn counts(&self) -> Vec<RequestCount> {
        let counts = self
            .counts
            .iter()
            .map(|((method, path), count)| RequestCount {
                method: method.clone(),
                path: path.clone(),
                count: *count,
            });
        counts.collect()
    }
}
