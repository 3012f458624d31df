//! One page: asked for, taken from Procore's answer, stored.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::PgConnection;

use super::{ListReader, ListRefusal, SyncCursor, body, moved};
use crate::catalog::{Read, Shows};
use crate::procore::{CompanyApi, Error, ListRequest, RawRecord, is_reduced};
use crate::store::StoreError;
use crate::store::records::{self, NewRecord, RecordSet};
use crate::store::unread::{self, UnreadTexts};

/// One page to fetch.
#[derive(Debug)]
pub(crate) struct PageRequest {
    pub read: &'static Read,
    pub(super) record_set: RecordSet,
    pub(super) shows: Shows,
    pub(super) list: ListRequest,
    /// When the reading of the list began.
    pub(super) seen_at: DateTime<Utc>,
    /// Where this page begins.
    pub(super) cursor: SyncCursor,
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
pub(super) fn is_deleted(record: &NewRecord, field: Option<&str>) -> bool {
    let Some(field) = field else { return true };
    let body: Result<Value, _> = serde_json::from_str(&record.body);
    body.is_ok_and(|body| !body[field].is_null())
}
