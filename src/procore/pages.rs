//! Lists, page by page: records as Procore sent them, and where the next page is.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use chrono::{DateTime, Utc};
use reqwest::header::LINK;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::hidden::without_secrets;
use super::lenient::{Id, spelled, value};
use super::link;
use super::page_cursor::{PageCursor, Sequel};
use super::repair::is_storable;
use super::rows::ReadRows;
use super::transport::Reply;

/// One page of one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListRequest {
    /// What is requested, for errors and logs: "list vendors".
    pub action: &'static str,
    /// Path from the root of the API host; `/rest/v1.0/vendors`.
    pub path: String,
    /// Filters and views as Procore names them: `filters[by_status]`, `view`, `company_id`.
    pub query: Vec<(&'static str, String)>,
    /// [`PageCursor::first`], or the `next` of the page before.
    pub page: PageCursor,
    /// Page size; `None` for a list that is not paged. Procore allows 100
    /// on v2 lists, 300 projects, 2000 of most else.
    pub per_page: Option<u32>,
    /// Field of each row that holds records, where rows are groups of them.
    pub grouped_in: Option<&'static str>,
}

/// A page of records.
#[derive(Debug)]
pub struct RecordPage {
    pub records: Vec<RawRecord>,
    /// Rows that are no records or that cannot be stored, as they were sent.
    pub unread: Vec<String>,
    /// How many of all these did not come on a page before.
    pub fresh: u64,
    /// Rows in the whole list, if Procore said so.
    pub total: Option<u64>,
    /// `None` on the last page.
    pub next: Option<PageCursor>,
    /// The reading ends here, and nothing proves that the list does: Procore repeats its pages, or
    /// never stops.
    pub cut_short: bool,
}

/// One record: what we need to store it, and the body as received.
#[derive(Debug, Clone)]
pub struct RawRecord {
    pub id: i64,
    /// `None` if the list has no such field or it cannot be parsed.
    pub updated_at: Option<DateTime<Utc>>,
    pub body: Box<RawValue>,
}

impl RawRecord {
    /// A row as a record; the row again if it has no id or cannot be stored.
    pub(super) fn read(body: Box<RawValue>) -> Result<Self, Box<RawValue>> {
        match Head::read(&body).filter(|_| is_storable(body.get())) {
            Some(head) => Ok(Self {
                id: head.id,
                updated_at: head.updated_at,
                body,
            }),
            None => Err(body),
        }
    }
}

/// The result of probing a list's first rows.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Rows in the whole list, if Procore said so or they all came.
    pub total: Option<u64>,
    /// The rows that came.
    pub rows: Vec<Box<RawValue>>,
    /// How many more came that cannot be read.
    pub unread: usize,
    /// The rows lack every expected field: Procore returned its reduced view, which it does instead
    /// of refusing when a level is too low.
    pub reduced: bool,
}

/// Whether a row lacks every field of which a whole one has at least one; never, where no smaller
/// view is known (`expected` is empty) or the row's fields cannot be read.
pub(crate) fn is_reduced(row: &RawValue, expected: &[&str]) -> bool {
    let fields = serde_json::from_str::<HashMap<String, IgnoredAny>>(row.get());
    let lacks_all = |fields: HashMap<String, IgnoredAny>| {
        let mut expected = expected.iter();
        !expected.any(|name| fields.contains_key(*name))
    };
    !expected.is_empty() && fields.is_ok_and(lacks_all)
}

/// A page before its records are parsed, without rows if it came before.
pub(super) struct RawPage {
    pub(super) elements: Vec<Box<RawValue>>,
    /// Rows that cannot be read, as they were sent.
    pub(super) unread: Vec<String>,
    /// How many of all these did not come on a page before.
    pub(super) fresh: u64,
    pub(super) total: Option<u64>,
    pub(super) next: Option<PageCursor>,
    pub(super) cut_short: bool,
}

impl CompanyApi {
    /// Reads one page of a list.
    pub async fn list_page(&self, request: &ListRequest) -> Result<RecordPage, Error> {
        let raw = self.raw_page(request).await?;
        let mut records = Vec::with_capacity(raw.elements.len());
        let mut unread = raw.unread;
        for body in raw.elements {
            match RawRecord::read(body) {
                Ok(record) => records.push(record),
                Err(body) => unread.push(String::from(Box::<str>::from(body))),
            }
        }
        Ok(RecordPage {
            records,
            unread: unread
                .iter()
                .map(|row| without_secrets(row, &self.secrets()))
                .collect(),
            fresh: raw.fresh,
            total: raw.total,
            next: raw.next,
            cut_short: raw.cut_short,
        })
    }

    /// Reads the first rows of a list: may we read it, how many rows are there, are they complete?
    ///
    /// A complete row has at least one of the `expected` fields.
    pub async fn probe(&self, list: &ListRequest, expected: &[&str]) -> Result<Probe, Error> {
        let first_rows = ListRequest {
            page: PageCursor::first(),
            ..list.clone()
        };
        let raw = self.raw_page(&first_rows).await?;
        let unread = raw.unread.len();
        let came = (raw.elements.len() + unread) as u64;
        let all = raw.next.is_none().then_some(came);
        Ok(Probe {
            total: raw.total.or(all),
            reduced: raw
                .elements
                .first()
                .is_some_and(|row| is_reduced(row, expected)),
            rows: raw.elements,
            unread,
        })
    }

    pub(super) async fn raw_page(&self, request: &ListRequest) -> Result<RawPage, Error> {
        let cursor = &request.page;
        let per_page = cursor.per_page.or(request.per_page);
        let whole = || Call::get(request.action, &request.path).query(request.query.clone());
        let call = match per_page {
            None => whole(),
            Some(rows) => whole().query([("page", cursor.page), ("per_page", rows)]),
        };
        let call = call.for_rows();
        let (mut rows, reply) = self
            .read(&call, |reply| reply.take_rows(&self.secrets()))
            .await?;
        if let Some(field) = request.grouped_in {
            rows.ungroup(field);
        }
        let came = rows.rows.len() + rows.unread.len();
        // Whether groups or their records are counted is not documented.
        let total = reply.number("total");
        let total = total.filter(|_| request.grouped_in.is_none());
        let next = per_page.and_then(|asked| next_page(cursor, asked, &reply, total, came));
        let is_full = per_page.is_some_and(|asked| asked as usize == came);
        let Sequel {
            repeated,
            cut_short,
            next,
        } = cursor.sequel(next, fingerprint(&rows), is_full);
        if repeated {
            rows = ReadRows::default();
        }
        Ok(RawPage {
            fresh: cursor.fresh(rows.rows.len() + rows.unread.len()),
            elements: rows.rows,
            unread: rows.unread,
            total,
            next,
            cut_short,
        })
    }
}

/// What tells a page from the others of its list: its first and last row, and how many there are.
/// Bodies are no help, as they may hold links that are new every time. It need not be the same in
/// another release: a page is then read that came before, once.
fn fingerprint(page: &ReadRows) -> Option<u64> {
    let read = page.rows.first().zip(page.rows.last());
    let read = read.map(|(first, last)| (identity(first), identity(last)));
    let left_aside = || page.unread.first().zip(page.unread.last());
    let left_aside = || left_aside().map(|(first, last)| (first.as_str(), last.as_str()));
    let ends = read.or_else(left_aside)?;
    let mut hasher = DefaultHasher::new();
    (ends, page.rows.len(), page.unread.len()).hash(&mut hasher);
    Some(hasher.finish())
}

/// What tells a row from the others: its id, or all of it.
pub(super) fn identity(row: &RawValue) -> &str {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    let id = serde_json::from_str(row.get()).map(|row: Identified<'_>| row.id.get());
    id.ok().filter(|id| *id != "null").unwrap_or(row.get())
}

/// The page after `page`, if there is one.
///
/// Links and total only tell whether there is more: the number follows from the pages that came,
/// because a server may return fewer rows than requested, or more, and a link may lead to another
/// host. The length of a page proves nothing: without links and total a list ends at an empty or
/// repeated one.
fn next_page(
    page: &PageCursor,
    asked: u32,
    reply: &Reply,
    total: Option<u64>,
    returned: usize,
) -> Option<PageCursor> {
    // A server that gives fewer rows than requested may say how many it gives.
    let granted = reply
        .number("per-page")
        .and_then(|rows| u32::try_from(rows).ok());
    let granted =
        granted.filter(|rows| (returned.max(1)..asked as usize).contains(&(*rows as usize)));
    let by_link = link::has_next(reply.headers(LINK));
    let next = PageCursor {
        promised: by_link == Some(true),
        ..page.following(granted.unwrap_or(asked), returned)
    };
    let by_total = total.map(|total| next.rows_before < total);
    let more = match (by_link, by_total) {
        // Rows may be filtered out after paging; two empty pages in a row are the end.
        (Some(true), _) if returned == 0 => page.page == 1 || page.previous_had_rows,
        _ if returned == 0 => false,
        (None, None) => true,
        (by_link, by_total) => by_link == Some(true) || by_total == Some(true),
    };
    more.then_some(next)
}

/// The fields every record has.
struct Head {
    id: i64,
    updated_at: Option<DateTime<Utc>>,
}

impl Head {
    /// `None` if the row has no id.
    fn read(row: &RawValue) -> Option<Self> {
        #[derive(Deserialize)]
        struct Fields {
            id: Id,
            #[serde(default, deserialize_with = "spelled")]
            updated_at: Option<DateTime<Utc>>,
        }
        if !row.get().starts_with('{') {
            let id = value(row.get())?; // `view=ids` lists bare ids
            return Some(Self {
                id,
                updated_at: None,
            });
        }
        let fields: Fields = serde_json::from_str(row.get()).ok()?;
        Some(Self {
            id: fields.id.0,
            updated_at: fields.updated_at,
        })
    }
}
