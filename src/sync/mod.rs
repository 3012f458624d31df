//! Reads Procore's lists page by page and stores their records.
//!
//! A [`ListReader`] knows which lists to read, a [`SyncCursor`] where to resume. The cursor is the
//! only state between two pages. The caller stores it in the same transaction as the page, so a
//! sync that was killed resumes after the last stored page.

mod body;
mod cursor;
mod gone;
mod moved;
pub(crate) mod single;
mod source;

use std::collections::HashMap;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use crate::catalog::{Choice, Read, Shows};
use crate::procore::{CompanyApi, Error, ListRequest, PageCursor, RawRecord, is_reduced};
use crate::store::StoreError;
use crate::store::records::{self, NewRecord, RecordSet};
use crate::store::unread::{self, UnreadTexts};

pub(crate) use cursor::{ListRefusal, SyncCursor};
pub(crate) use moved::segment_of;
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

/// One page to fetch.
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub read: &'static Read,
    record_set: RecordSet,
    shows: Shows,
    list: ListRequest,
    /// When the reading of the list began.
    seen_at: DateTime<Utc>,
    /// Where this page begins.
    cursor: SyncCursor,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) enum Fetched {
    Page(Box<FetchedPage>),
    /// Procore has moved the list; where to begin it again at its successor.
    Moved(Box<SyncCursor>),
}

/// One page as Procore returned it.
#[derive(Debug)]
pub(crate) struct FetchedPage {
    record_set: RecordSet,
    shows: Shows,
    deleted_in: Option<&'static str>,
    records: Vec<NewRecord>,
    /// Rows that are no records.
    unread: UnreadTexts,
    /// When the reading of the list began.
    seen_at: DateTime<Utc>,
    /// When the page was asked for.
    asked_at: DateTime<Utc>,
    /// Procore returned its reduced view, which it does instead of refusing.
    pub is_reduced: bool,
    /// The list was read in full and is empty.
    pub is_empty_list: bool,
    /// Where to resume after this page.
    pub cursor: SyncCursor,
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

    /// Fetches a page from Procore. `asked_at` is now.
    pub(crate) async fn fetch(
        &self,
        api: &CompanyApi,
        request: PageRequest,
        asked_at: DateTime<Utc>,
    ) -> Result<Fetched, (Error, PageRequest)> {
        let mut page = api.list_page(&request.list).await;
        let name = request.read.name;
        if matches!(page, Err(Error::NotVisible(_))) && request.cursor.segment(name).is_none() {
            match moved::segment_of(api, request.read).await {
                Ok(Some(segment)) => {
                    return Ok(Fetched::Moved(Box::new(
                        request.cursor.moved(name, segment),
                    )));
                }
                Ok(None) => {}
                Err(error) => page = Err(error),
            }
        }
        let page = match page {
            Ok(page) => page,
            Err(error) => return Err((error, request)),
        };
        let first = page.records.first();
        let is_reduced = first.is_some_and(|it| is_reduced(&it.body, request.read.whole_has));
        let mut is_empty_list = false;
        let is_record_old = |record: &RawRecord| request.cursor.is_old(record.updated_at);
        let is_old = page.unread.is_empty() && page.records.iter().all(is_record_old);
        let came = page.records.len() + page.unread.len();
        let records_came = page.records.len();
        let records = body::storable(page.records);
        let unread = body::unread(page.unread);
        let mut cursor = request.cursor;
        if let Some(at) = &mut cursor.current {
            let whole = self.since.is_none() && at.parent.is_none() && at.tally.rows == 0;
            is_empty_list = whole && came == 0 && page.next.is_none();
            // A page is one moment: a record that stands on it twice has not moved.
            let doubled = (records_came - records.len()) as u64;
            let fresh = page.fresh.saturating_sub(doubled);
            at.tally.add_page(fresh, page.total, is_old);
            if page.cut_short {
                at.tally.cut_short();
            }
            at.page = page.next;
            match at.page {
                Some(_) => cursor.took_several_pages = true,
                None => at.tally.end_part(),
            }
        }
        if let Some(size) = request
            .list
            .per_page
            .map(|largest| request.list.page.size(largest))
            && size < request.read.page_size
        {
            cursor.remember_page_size(request.read.name, size);
        }
        Ok(Fetched::Page(Box::new(FetchedPage {
            record_set: request.record_set,
            shows: request.shows,
            deleted_in: request.read.deleted_in,
            records,
            unread,
            seen_at: request.seen_at,
            asked_at,
            is_reduced,
            is_empty_list,
            cursor,
        })))
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

impl PageRequest {
    /// Skips the rest of this list for a reason; what was read of it stays.
    pub(crate) fn refused(self, refusal: ListRefusal) -> SyncCursor {
        self.cursor.refused(refusal)
    }

    /// The same position in pages of half the size, for when Procore fails with large ones; `None`
    /// if they cannot be smaller.
    pub(crate) fn smaller(&self) -> Option<SyncCursor> {
        let smaller = self.list.page.smaller(self.list.per_page?)?;
        let mut cursor = self.cursor.clone();
        cursor.current.as_mut()?.page = Some(smaller);
        Some(cursor)
    }
}

impl FetchedPage {
    /// Stores the page's records as seen when the reading began, and what of it is no record; returns
    /// how many records say something new.
    pub(crate) async fn keep(self, conn: &mut PgConnection) -> Result<u64, StoreError> {
        let (seen_at, as_of) = (self.seen_at, self.asked_at);
        let set = &self.record_set;
        let changed = match self.shows {
            Shows::Records => records::upsert(conn, set, self.records, seen_at, as_of).await?,
            Shows::Deletions => {
                let deleted = self.records.iter();
                let deleted = deleted.filter(|it| is_deleted(it, self.deleted_in));
                let ids: Vec<i64> = deleted.map(|it| it.procore_id).collect();
                records::mark_gone(conn, set, &ids, as_of).await?
            }
        };
        unread::keep_records(conn, &self.record_set, self.unread.kept(), seen_at).await?;
        Ok(changed)
    }
}

/// Whether a row of a list of the deleted is one, where such rows say so of themselves.
fn is_deleted(record: &NewRecord, field: Option<&str>) -> bool {
    let Some(field) = field else { return true };
    let body: Result<Value, _> = serde_json::from_str(&record.body);
    body.is_ok_and(|body| !body[field].is_null())
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
