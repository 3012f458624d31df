//! Short lists that are only of use whole: what is created or concluded depends on what they lack.

use std::collections::HashSet;

use serde::de::DeserializeOwned;

use super::answer::Answer;
use super::client::CompanyApi;
use super::error::Error;
use super::pages::{ListRequest, identity};
use super::tally::{Gap, Tally};

/// How often a list is read that did not come whole.
pub(crate) const READINGS: u32 = 3;

/// The different rows of a list that was read to its end.
pub(super) struct Listing<T> {
    pub(super) rows: Vec<T>,
    /// What keeps it from being complete.
    pub(super) gap: Option<Gap>,
    /// How many more rows came that cannot be read.
    pub(super) unread: usize,
    /// Whether there are more pages than were to be read.
    pub(super) has_more: bool,
}

impl<T> Listing<T> {
    /// Whether what is not among the rows is not in the list.
    pub(super) fn is_whole(&self) -> bool {
        self.gap.is_none() && self.unread == 0 && !self.has_more
    }
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

    /// Reads a list to its end, which is no more than `most_pages` away, and again if it did not come whole.
    pub(super) async fn listing<T: DeserializeOwned>(
        &self,
        list: ListRequest,
        most_pages: usize,
    ) -> Result<Listing<T>, Error> {
        let action = list.action;
        let listing = self.beginning(list, most_pages).await?;
        if listing.has_more {
            let text = format!("a list of more than {most_pages} pages");
            return Err(Error::Unexpected(Answer::none(action, text)));
        }
        Ok(listing)
    }

    /// Reads the first pages of a list, and again if it ends there and did not come whole.
    pub(super) async fn beginning<T: DeserializeOwned>(
        &self,
        list: ListRequest,
        most_pages: usize,
    ) -> Result<Listing<T>, Error> {
        let mut before = HashSet::new();
        let mut listing = self
            .read_once(list.clone(), most_pages, &mut before)
            .await?;
        for _ in 1..READINGS {
            if listing.gap.is_none() || listing.has_more {
                break;
            }
            listing = self
                .read_once(list.clone(), most_pages, &mut before)
                .await?;
        }
        Ok(listing)
    }

    /// Reads a list to its end, or the pages before; `before` are the rows of the reading before, then those of this one.
    async fn read_once<T: DeserializeOwned>(
        &self,
        mut request: ListRequest,
        most_pages: usize,
        before: &mut HashSet<String>,
    ) -> Result<Listing<T>, Error> {
        let (mut tally, mut seen, mut rows) = (Tally::default(), HashSet::new(), Vec::new());
        // Rows that are no JSON, and rows that are not what the list is about.
        let (mut no_json, mut unlike) = (0, 0);
        for _ in 0..most_pages {
            let raw = self.raw_page(&request).await?;
            tally.add_page(raw.fresh, raw.total, false);
            no_json += raw.unread.len();
            for row in &raw.elements {
                match serde_json::from_str(row.get()) {
                    Ok(value) if seen.insert(identity(row).to_owned()) => rows.push(value),
                    Ok(_) => {}
                    Err(_) => unlike += 1,
                }
            }
            if raw.cut_short {
                tally.cut_short();
            }
            if let Some(next) = raw.next {
                request.page = next;
                continue;
            }
            tally.end_part();
            let left_aside = no_json + unlike;
            if left_aside > 0 {
                let action = request.action;
                tracing::warn!(
                    left_aside,
                    "Some rows of a list could not be read: {action}"
                );
            }
            let gap = tally.gap((seen.len() + left_aside) as u64, *before == seen);
            *before = seen;
            return Ok(Listing {
                rows,
                gap,
                unread: left_aside,
                has_more: false,
            });
        }
        Ok(Listing {
            rows,
            gap: None,
            unread: no_json + unlike,
            has_more: true,
        })
    }
}

/// The error for a list of which a part is missing.
pub(super) fn incomplete(action: &'static str, gap: Gap) -> Error {
    let Gap { rows, total, .. } = gap;
    let text = match gap.cut_short {
        true => format!("a list whose end was not seen: {rows} rows, and the last page again"),
        false => {
            format!("a list that did not come whole: {rows} rows, and {total} by Procore's count")
        }
    };
    Error::Unexpected(Answer::none(action, text))
}
