//! Short lists that are only of use whole: what is created or concluded depends on what they lack.

use std::collections::HashSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::pages::ListRequest;
use super::tally::{Gap, Tally};

/// How often a list is read that did not come whole.
pub(crate) const READINGS: u32 = 3;

/// The different rows of a list that was read to its end.
pub(super) struct Listing<T> {
    pub(super) rows: Vec<T>,
    /// What keeps it from being complete.
    pub(super) gap: Option<Gap>,
}

impl CompanyApi {
    /// Reads a list that is complete, at most `most_pages` pages of it, or none.
    pub(super) async fn read_all<T: DeserializeOwned>(
        &self,
        list: ListRequest,
        most_pages: usize,
    ) -> Result<Vec<T>, Error> {
        let action = list.action;
        let listing = self.listing(list, most_pages).await?;
        match listing.gap {
            None => Ok(listing.rows),
            Some(gap) => Err(incomplete(action, gap)),
        }
    }

    /// Reads a list to its end, and again if it did not come whole.
    pub(super) async fn listing<T: DeserializeOwned>(
        &self,
        list: ListRequest,
        most_pages: usize,
    ) -> Result<Listing<T>, Error> {
        let mut listing = self.read_once(list.clone(), most_pages).await?;
        for _ in 1..READINGS {
            if listing.gap.is_none() {
                break;
            }
            listing = self.read_once(list.clone(), most_pages).await?;
        }
        Ok(listing)
    }

    async fn read_once<T: DeserializeOwned>(
        &self,
        mut request: ListRequest,
        most_pages: usize,
    ) -> Result<Listing<T>, Error> {
        let (mut tally, mut seen, mut rows) = (Tally::default(), HashSet::new(), Vec::new());
        let (mut first_before, action) = (None, request.action);
        // Rows that are no JSON, and rows that are not what the list is about.
        let (mut left_aside, mut unlike) = (0, 0);
        for _ in 0..most_pages {
            let raw = self.raw_page(&request).await?;
            let first = raw.elements.first().map(|row| identity(row).to_owned());
            let repeated = first.is_some() && first == first_before;
            let fresh: &[_] = if repeated { &[] } else { &raw.elements };
            let unread = if repeated { 0 } else { raw.unread.len() };
            tally.add_page((fresh.len() + unread) as u64, raw.total);
            left_aside += unread;
            for row in fresh {
                if seen.insert(identity(row).to_owned()) {
                    match serde_json::from_str(row.get()) {
                        Ok(value) => rows.push(value),
                        Err(_) => unlike += 1,
                    }
                }
            }
            match raw.next {
                Some(next) if !repeated => request.page = next,
                Some(_) | None => {
                    tally.end_part();
                    let gap = tally.gap((seen.len() + left_aside) as u64);
                    if left_aside + unlike > 0 {
                        let rows = left_aside + unlike;
                        tracing::warn!(rows, "Some rows of a list could not be read: {action}");
                    }
                    return Ok(Listing { rows, gap });
                }
            }
            first_before = first;
        }
        let text = format!("a list of more than {most_pages} pages");
        Err(Error::Unexpected(Answer::none(request.action, text)))
    }
}

/// The error for a list of which a part is missing.
pub(super) fn incomplete(action: &'static str, gap: Gap) -> Error {
    let Gap { rows, total, .. } = gap;
    let text =
        format!("a list that did not come whole: {rows} rows, and {total} by Procore's count");
    Error::Unexpected(Answer::none(action, text))
}

/// What tells a row from the others: its id, or all of it.
fn identity(row: &RawValue) -> &str {
    #[derive(Deserialize)]
    struct Identified<'a> {
        #[serde(borrow)]
        id: &'a RawValue,
    }
    serde_json::from_str(row.get()).map_or(row.get(), |row: Identified<'_>| row.id.get())
}
