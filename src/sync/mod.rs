//! Reads Procore's lists page by page and stores their records.
//!
//! A [`ListReader`] knows which lists to read, a [`SyncCursor`] where to resume. The cursor is the
//! only state between two pages. The caller stores it in the same transaction as the page, so a
//! sync that was killed resumes after the last stored page.

mod body;
pub(crate) mod changed;
mod cursor;
mod gone;
mod moved;
mod page;
pub(crate) mod single;
mod source;

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use sqlx::PgConnection;

use crate::catalog::{Choice, Read, Shows};
use crate::procore::{ListRequest, PageCursor};
use crate::store::StoreError;
use crate::store::records::{self, RecordSet};
use crate::store::unread;

pub(crate) use cursor::{ListRefusal, SyncCursor};
pub(crate) use moved::segment_of;
pub(crate) use page::{Fetched, FetchedPage, PageRequest};
pub(crate) use source::Source;

use cursor::ListCursor;

/// How far Procore's clock may be ahead of ours or behind it.
pub(crate) const CLOCK_SKEW: TimeDelta = TimeDelta::minutes(5);

/// Reads the lists of a source, in order.
#[derive(Debug, Clone)]
pub(crate) struct ListReader {
    source: Source,
    lists: Vec<(Choice, &'static Read)>,
    /// Set to read only what changed, of each list since then.
    since: Option<HashMap<&'static str, DateTime<Utc>>>,
}

/// What a reader has to do next.
#[derive(Debug)]
pub(crate) enum NextRead {
    /// Fetch this page.
    Page(Box<PageRequest>),
    /// Nothing: every list was read to its end or refused.
    Done(Box<SyncCursor>),
}

impl ListReader {
    /// Reads the `wanted` lists of the chosen data sets in full.
    pub(crate) fn whole(
        source: Source,
        choices: impl IntoIterator<Item = Choice>,
        wanted: impl Fn(&Read) -> bool,
    ) -> Self {
        let lists = choices
            .into_iter()
            .flat_map(|choice| {
                let reads = choice.reads().map(|read| (choice, read));
                reads.collect::<Vec<_>>()
            })
            .filter(|(_, read)| wanted(read))
            .collect();
        Self {
            source,
            lists,
            since: None,
        }
    }

    /// Reads only what changed and what was deleted, from the lists that support such a filter, of each
    /// since a time of its own.
    pub(crate) fn changes(
        source: Source,
        choices: impl IntoIterator<Item = Choice>,
        since: impl Fn(&Read) -> DateTime<Utc>,
    ) -> Self {
        let mut lists = Vec::new();
        for choice in choices {
            let deletions = choice.data_set.entry().deletions();
            let reads = choice.reads().chain(deletions);
            let reads = reads.filter(|read| read.changes.is_some());
            lists.extend(reads.map(|read| (choice, read)));
        }
        let of_list = |(_, read): &(Choice, &'static Read)| (read.name, since(read));
        Self {
            source,
            since: Some(lists.iter().map(of_list).collect()),
            lists,
        }
    }

    /// What to read at `cursor`. Lists that exist once per parent take their parents from the
    /// stored records. A list that did not come whole is read again a few times; whether it did, and
    /// whether two readings brought the same, is counted in the stored records.
    pub(crate) async fn next(
        &self,
        conn: &mut PgConnection,
        cursor: &SyncCursor,
        now: DateTime<Utc>,
    ) -> Result<NextRead, StoreError> {
        let mut cursor = cursor.clone();
        loop {
            if let Some(request) = self.page_request(&cursor) {
                return Ok(NextRead::Page(Box::new(request)));
            }
            let current = cursor.current.take();
            match current.and_then(|at| Some((self.list(&at.read)?, at))) {
                Some(((choice, read), at)) => {
                    let parent = self.parent_after(conn, choice, read, at.parent).await?;
                    match (read.per, parent) {
                        (Some(_), Some(parent)) => cursor.current = Some(at.for_parent(parent)),
                        (Some(_) | None, _) => {
                            let (set, since) =
                                (self.record_set(choice, read), cursor.seen_since(&at));
                            let distinct = match read.shows {
                                Shows::Records => count_seen(conn, &set, since).await?,
                                Shows::Deletions => at.tally.rows, // most are none of ours
                            };
                            let confirmed = match cursor.reading_before() {
                                Some(before) if before.rows == distinct => {
                                    count_seen(conn, &set, before.began_at).await? == distinct
                                }
                                Some(_) | None => false,
                            };
                            cursor.end_list(at, distinct, confirmed);
                        }
                    }
                }
                None => {
                    let open = |(_, read): &&(Choice, &Read)| !cursor.is_finished(read.name);
                    let Some(&(choice, read)) = self.lists.iter().find(open) else {
                        return Ok(NextRead::Done(Box::new(cursor)));
                    };
                    let parent = self.parent_after(conn, choice, read, None).await?;
                    let set = self.record_set(choice, read);
                    let began_at = records::next_seen_at(conn, &set, now).await?;
                    cursor.begin_list(read.name, parent, began_at);
                    if let (Some(_), None, Some(at)) = (read.per, parent, &mut cursor.current) {
                        at.page = None; // there is no parent, hence nothing to read
                    }
                }
            }
        }
    }

    /// The page at `cursor`; `None` at the end of a list or of a parent's list, where the stored
    /// records decide what comes next.
    pub(crate) fn page_request(&self, cursor: &SyncCursor) -> Option<PageRequest> {
        let at = cursor.current.as_ref().filter(|at| at.page.is_some())?;
        let (choice, read) = self.list(&at.read)?;
        Some(PageRequest {
            read,
            record_set: self.record_set(choice, read),
            shows: read.shows,
            list: self.list_request(choice, read, at, cursor),
            seen_at: cursor.seen_since(at),
            cursor: cursor.clone(),
        })
    }

    fn list(&self, name: &str) -> Option<(Choice, &'static Read)> {
        self.lists
            .iter()
            .find(|(_, read)| read.name == name)
            .copied()
    }

    fn record_set(&self, choice: Choice, read: &'static Read) -> RecordSet {
        self.source.record_set(choice.data_set, read.kind)
    }

    /// The next parent of `read`, for a list that exists once per record of another list.
    async fn parent_after(
        &self,
        conn: &mut PgConnection,
        choice: Choice,
        read: &Read,
        after: Option<i64>,
    ) -> Result<Option<i64>, StoreError> {
        let parents = read.per.and_then(|per| {
            let reads = choice.data_set.entry().reads;
            reads.iter().find(|parents| parents.name == per.read)
        });
        match parents {
            Some(parents) => records::next_id(conn, &self.record_set(choice, parents), after).await,
            None => Ok(None),
        }
    }

    fn list_request(
        &self,
        choice: Choice,
        read: &'static Read,
        at: &ListCursor,
        cursor: &SyncCursor,
    ) -> ListRequest {
        let mut path = read.path_for(self.source.ids);
        let mut query = read.query(self.source.ids, choice.include_inactive);
        let mut param = read.per.map(|per| per.param);
        if let (Some(successor), Some(segment)) = (&read.successor, cursor.segment(read.name)) {
            path = successor.path_for(self.source.ids.company, segment);
            (query, param) = (Vec::new(), successor.param);
        }
        if let (Some(param), Some(parent)) = (param, at.parent) {
            query.push((param, parent.to_string()));
        }
        let since = self.since.as_ref().and_then(|since| since.get(read.name));
        if let (Some(filter), Some(since)) = (read.changes, since) {
            query.push((filter, window(*since, cursor.until)));
        }
        let largest = cursor.page_size(read.name, read.page_size);
        ListRequest {
            action: read.name,
            path,
            query,
            page: at.page.clone().unwrap_or_else(PageCursor::first),
            per_page: read.paged.then_some(largest),
            grouped_in: read.grouped_in,
        }
    }
}

/// How many rows of a kind came since `since`, whether they could be read or not.
async fn count_seen(
    conn: &mut PgConnection,
    set: &RecordSet,
    since: DateTime<Utc>,
) -> Result<u64, StoreError> {
    let records = records::count_seen(conn, set, since).await?;
    Ok(records + unread::count_seen(conn, set, since).await?)
}

/// A time range as Procore's filters take it: three dots, both ends required.
fn window(from: DateTime<Utc>, to: DateTime<Utc>) -> String {
    let text = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::Secs, true);
    format!("{}...{}", text(from), text(to))
}

#[cfg(test)]
mod tests;
