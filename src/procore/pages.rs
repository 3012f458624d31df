//! Lists, page by page: records as Procore sent them, and where the next page is.

use chrono::{DateTime, Utc};
use reqwest::header::LINK;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::call::Call;
use super::client::CompanyApi;
use super::error::Error;
use super::link;
use super::transport::Reply;

/// The smallest page size that is halved further when Procore is too slow.
const SMALLEST_HALVED: u32 = 50;

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
}

/// A position in a list, stored between calls; small and without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCursor {
    /// Number of the page, from 1.
    pub page: u32,
    /// The page size this number is based on, even if the next release asks for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    per_page: Option<u32>,
    /// Rows on the pages before.
    #[serde(default)]
    rows_before: u64,
    /// Whether the page before had any.
    #[serde(default)]
    previous_had_rows: bool,
    /// First record of the page before: a list that repeats it does not page at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    after: Option<i64>,
}

impl PageCursor {
    /// The first page.
    pub fn first() -> Self {
        Self::at(1)
    }

    /// A page by its number, from 1.
    pub(crate) fn at(page: u32) -> Self {
        Self {
            page: page.max(1),
            per_page: None,
            rows_before: 0,
            previous_had_rows: false,
            after: None,
        }
    }
}

impl PageCursor {
    /// The same position in pages of half the size; `None` if they cannot be smaller, or if a page
    /// of that size would not begin here.
    fn halved(&self, asked: Option<u32>) -> Option<Self> {
        let rows = self.per_page.or(asked)?;
        let half = rows / 2;
        let divisible = rows >= SMALLEST_HALVED
            && rows.is_multiple_of(2)
            && self.rows_before.is_multiple_of(u64::from(half));
        let page = u32::try_from(self.rows_before.checked_div(u64::from(half))? + 1).ok()?;
        divisible.then(|| Self {
            page,
            per_page: Some(half),
            ..self.clone()
        })
    }
}

impl Default for PageCursor {
    fn default() -> Self {
        Self::first()
    }
}

/// A page of records.
#[derive(Debug)]
pub struct RecordPage {
    pub records: Vec<RawRecord>,
    /// Rows in the whole list, if Procore said so or this page is the whole list.
    pub total: Option<u64>,
    /// `None` on the last page.
    pub next: Option<PageCursor>,
}

/// One record: what we need to store it, and the body as received.
#[derive(Debug, Clone)]
pub struct RawRecord {
    pub id: i64,
    /// `None` if the list has no such field or it cannot be parsed.
    pub updated_at: Option<DateTime<Utc>>,
    pub body: Box<RawValue>,
}

/// The result of probing a list's first rows.
#[derive(Debug, Clone)]
pub struct Probe {
    /// Rows in the whole list, if Procore said so.
    pub total: Option<u64>,
    /// The rows that came.
    pub rows: Vec<Box<RawValue>>,
    /// The rows lack every expected field: Procore returned its reduced view, which it does instead
    /// of refusing when a level is too low.
    pub reduced: bool,
}

/// Whether a row lacks every field of which a whole one has at least one; never, where no smaller
/// view is known (`expected` is empty).
pub(crate) fn is_reduced(row: &RawValue, expected: &[&str]) -> bool {
    let whole = match serde_json::from_str(row.get()) {
        Ok(Value::Object(fields)) => expected.iter().any(|name| fields.contains_key(*name)),
        Ok(_) | Err(_) => false,
    };
    !expected.is_empty() && !whole
}

/// A page before its records are parsed.
pub(super) struct RawPage {
    pub(super) reply: Reply,
    pub(super) elements: Vec<Box<RawValue>>,
    total: Option<u64>,
    next: Option<PageCursor>,
}

impl CompanyApi {
    /// Reads one page of a list.
    pub async fn list_page(&self, request: &ListRequest) -> Result<RecordPage, Error> {
        let raw = self.raw_page(request).await?;
        let mut records = Vec::with_capacity(raw.elements.len());
        for body in raw.elements {
            let head = Head::read(&body).map_err(|e| raw.reply.unreadable(&e))?;
            records.push(RawRecord {
                id: head.id,
                updated_at: head.updated_at,
                body,
            });
        }
        let first = records.first().map(|record| record.id);
        if first.is_some() && first == request.page.after {
            return Ok(RecordPage {
                records: Vec::new(),
                total: None,
                next: None,
            });
        }
        let next = raw.next.map(|next| PageCursor {
            after: first,
            ..next
        });
        Ok(RecordPage {
            records,
            total: raw.total,
            next,
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
        Ok(Probe {
            total: raw.total,
            reduced: raw
                .elements
                .first()
                .is_some_and(|row| is_reduced(row, expected)),
            rows: raw.elements,
        })
    }

    /// Reads a short list to its end, at most `most_pages` pages of it.
    pub(super) async fn read_all<T: serde::de::DeserializeOwned>(
        &self,
        list: ListRequest,
        most_pages: usize,
    ) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        let mut request = list;
        let mut first_before: Option<String> = None;
        for _ in 0..most_pages {
            let raw = self.raw_page(&request).await?;
            let first = raw.elements.first().map(|row| row.get().to_owned());
            if first.is_some() && first == first_before {
                return Ok(found); // the same page again: the list does not page
            }
            first_before = first;
            for element in &raw.elements {
                let value = serde_json::from_str(element.get());
                found.push(value.map_err(|e| raw.reply.unreadable(&e))?);
            }
            match raw.next {
                Some(next) => request.page = next,
                None => return Ok(found),
            }
        }
        let text = format!("a list of more than {most_pages} pages");
        Err(Error::Unexpected(Answer::none(request.action, text)))
    }

    /// Reads a page; one that takes Procore too long (408) is requested again in halves.
    pub(super) async fn raw_page(&self, request: &ListRequest) -> Result<RawPage, Error> {
        let mut request = request.clone();
        loop {
            match self.page_as_asked(&request).await {
                Err(Error::Unavailable { answer, source }) if answer.is_too_slow() => {
                    match request.page.halved(request.per_page) {
                        Some(half) => request.page = half,
                        None => return Err(Error::Unavailable { answer, source }),
                    }
                }
                decided => return decided,
            }
        }
    }

    async fn page_as_asked(&self, request: &ListRequest) -> Result<RawPage, Error> {
        let cursor = &request.page;
        let per_page = cursor.per_page.or(request.per_page);
        let whole = || Call::get(request.action, &request.path).query(request.query.clone());
        let call = match per_page {
            None => whole(),
            Some(rows) => whole().query([("page", cursor.page), ("per_page", rows)]),
        };
        let call = call.for_rows();
        let (elements, reply) = self
            .read(&call, |reply| reply.take_rows(&self.secrets()))
            .await?;
        let next = self.next_page(request, per_page, &reply, elements.len());
        let rows = cursor.rows_before + elements.len() as u64;
        let total = reply.number("total").or(next.is_none().then_some(rows));
        Ok(RawPage {
            reply,
            elements,
            total,
            next,
        })
    }

    /// The next page, if there is one.
    ///
    /// Links and total only tell whether there is more: the number follows from the pages that came,
    /// because a server may return fewer rows than requested and a link may lead to another host. A
    /// short page proves nothing: without links and total a list ends at an empty or repeated page.
    fn next_page(
        &self,
        request: &ListRequest,
        asked: Option<u32>,
        reply: &Reply,
        returned: usize,
    ) -> Option<PageCursor> {
        let rows = asked?;
        let page = &request.page;
        let rows_before = page.rows_before + returned as u64;
        let by_link = link::has_next(reply.headers(LINK));
        let by_total = reply.number("total").map(|total| rows_before < total);
        let more = match (by_link, by_total) {
            // Rows may be filtered out after paging; two empty pages in a row are the end.
            (Some(true), _) if returned == 0 => page.page == 1 || page.previous_had_rows,
            _ if returned == 0 => false,
            // A list that returns more than was requested does not page.
            (None, None) => returned as u64 <= u64::from(rows),
            (by_link, by_total) => by_link == Some(true) || by_total == Some(true),
        };
        more.then(|| PageCursor {
            per_page: asked,
            rows_before,
            previous_had_rows: returned > 0,
            ..PageCursor::at(page.page.saturating_add(1))
        })
    }
}

/// The fields every record has.
struct Head {
    id: i64,
    updated_at: Option<DateTime<Utc>>,
}

impl Head {
    fn read(body: &RawValue) -> serde_json::Result<Self> {
        #[derive(Deserialize)]
        struct Fields {
            id: Id,
            #[serde(default)]
            updated_at: Value,
        }
        if !body.get().starts_with('{') {
            let id = serde_json::from_str::<Id>(body.get())?; // `view=ids` lists bare ids
            return Ok(Self {
                id: id.0,
                updated_at: None,
            });
        }
        let fields: Fields = serde_json::from_str(body.get())?;
        let updated_at = fields
            .updated_at
            .as_str()
            .and_then(|text| text.parse().ok());
        Ok(Self {
            id: fields.id.0,
            updated_at,
        })
    }
}

/// An id: a number in v1, text in v2.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "NumberOrText")]
pub(super) struct Id(pub(super) i64);

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(i64),
    Text(String),
}

impl TryFrom<NumberOrText> for Id {
    type Error = std::num::ParseIntError;

    fn try_from(value: NumberOrText) -> Result<Self, Self::Error> {
        match value {
            NumberOrText::Number(id) => Ok(Self(id)),
            NumberOrText::Text(text) => text.parse().map(Self),
        }
    }
}
