//! A position in a list, in pages of a size that may shrink, and what is known of the pages before.

use serde::{Deserialize, Serialize};

/// The smallest page that is asked for because Procore fails with larger ones.
const SMALLEST: u32 = 100;

/// The most pages that are read of a list: far more than any firm's have, so that every reading ends.
const MOST_PAGES: u32 = 5000;

/// A position in a list, stored between calls; small and without secrets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageCursor {
    /// Number of the page, from 1.
    pub page: u32,
    /// The page size this number is based on, even if the next release asks for another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) per_page: Option<u32>,
    /// Rows on the pages before.
    #[serde(default)]
    pub(super) rows_before: u64,
    /// Rows at the start of this page that came before, in pages of another size.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) overlap: u32,
    /// Whether the page before had any.
    #[serde(default)]
    pub(super) previous_had_rows: bool,
    /// Fingerprint of the last page that had rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) previous: Option<u64>,
    /// Fingerprint of the last page whose number is a power of two: pages that come in turns meet
    /// it again, however many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) mark: Option<u64>,
    /// Whether a link of the page before said that more follows.
    #[serde(default)]
    pub(super) promised: bool,
}

/// What a page means for the reading of its list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Sequel {
    /// It came before: its rows say nothing new.
    pub(super) repeated: bool,
    /// The reading ends here, and nothing proves that the list does.
    pub(super) cut_short: bool,
    /// `None` on the last page.
    pub(super) next: Option<PageCursor>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde passes a reference"
)]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl PageCursor {
    /// The first page.
    pub fn first() -> Self {
        Self {
            page: 1,
            ..Self::default()
        }
    }

    /// Rows on a page, where it may have up to `largest`.
    pub fn size(&self, largest: u32) -> u32 {
        self.per_page.unwrap_or(largest)
    }

    /// The page after one with `returned` rows, of which [`Self::fresh`] count.
    pub(super) fn following(&self, per_page: u32, returned: usize) -> Self {
        Self {
            page: self.page.saturating_add(1),
            per_page: Some(per_page),
            rows_before: self.rows_before + self.fresh(returned),
            previous_had_rows: returned > 0,
            overlap: self
                .overlap
                .saturating_sub(u32::try_from(returned).unwrap_or(u32::MAX)),
            ..Self::default()
        }
    }

    /// What the page at this position means, given the one that would follow it, a fingerprint of
    /// its rows, if it has any, and whether it has as many as were asked for.
    ///
    /// A list without links and total ends with an empty page or with its last one again. Any other
    /// page that came before shows that the server does not page as we ask it to, as may a full one:
    /// a server that cuts its list to our size and ignores the number repeats it for ever.
    pub(super) fn sequel(&self, next: Option<Self>, rows: Option<u64>, is_full: bool) -> Sequel {
        let came_as = |page: Option<u64>| rows.is_some() && rows == page;
        if came_as(self.previous) || came_as(self.mark) {
            let promised = self.promised || next.is_some_and(|next| next.promised);
            return Sequel {
                repeated: true,
                cut_short: promised || is_full || !came_as(self.previous),
                next: None,
            };
        }
        let marks = self.page.is_power_of_two();
        let next = next.map(|next| Self {
            previous: rows.or(self.previous),
            mark: rows.filter(|_| marks).or(self.mark),
            ..next
        });
        let cut_short = next.as_ref().is_some_and(|next| next.page > MOST_PAGES);
        Sequel {
            repeated: false,
            cut_short,
            next: next.filter(|_| !cut_short),
        }
    }

    /// How many of the page's rows did not come before.
    pub(super) fn fresh(&self, returned: usize) -> u64 {
        (returned as u64).saturating_sub(u64::from(self.overlap))
    }

    /// The same position in pages of half the size, where a page may have up to `largest` rows;
    /// `None` if they cannot be smaller.
    ///
    /// Where fewer rows came than the pages have room for, a server may have clamped their size or
    /// filtered after paging. The earlier of the two possible positions skips nothing.
    pub(crate) fn smaller(&self, largest: u32) -> Option<Self> {
        let size = self.size(largest);
        let smaller = (size / 2).max(SMALLEST);
        if smaller >= size {
            return None;
        }
        let by_pages = u64::from(self.page.saturating_sub(1)) * u64::from(size);
        let position = self.rows_before.min(by_pages + u64::from(self.overlap));
        Some(Self {
            page: u32::try_from(position / u64::from(smaller)).ok()? + 1,
            per_page: Some(smaller),
            overlap: (position % u64::from(smaller)) as u32,
            // It may hold the rows of a page before, and repeats nothing.
            previous: None,
            mark: None,
            ..self.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_shrink_to_a_hundred_rows() {
        for (largest, sizes) in [
            (2000, vec![1000, 500, 250, 125, 100]),
            (300, vec![150, 100]),
            (100, vec![]),
        ] {
            let mut cursor = PageCursor::first();
            let mut seen = Vec::new();
            while let Some(smaller) = cursor.smaller(largest) {
                seen.push(smaller.per_page.unwrap());
                cursor = smaller;
            }
            assert_eq!(seen, sizes);
        }
    }

    #[test]
    fn a_smaller_page_begins_where_the_large_one_would_have() {
        let second = PageCursor::first().following(300, 300).following(300, 300);
        let smaller = second.smaller(300).unwrap();
        assert_eq!((smaller.page, smaller.overlap), (5, 0));
        let smallest = smaller.following(150, 150).smaller(300).unwrap();
        // 750 rows came: the eighth page of a hundred begins at 700.
        assert_eq!((smallest.page, smallest.overlap), (8, 50));
        assert_eq!(smallest.fresh(100), 50);
    }

    #[test]
    fn rows_that_a_server_held_back_are_not_skipped() {
        let mut clamped = PageCursor::first()
            .following(2000, 100)
            .following(2000, 100);
        clamped.previous = Some(1);
        clamped.mark = Some(2);
        let smaller = clamped.smaller(2000).unwrap();
        assert_eq!((smaller.page, smaller.overlap), (1, 200));
        assert_eq!((smaller.previous, smaller.mark), (None, None));
        let second = smaller.following(1000, 100);
        assert_eq!(second.overlap, 100, "page 2 came before as well");
    }

    /// Reads pages with these fingerprints, and returns the number of the last, whether it was a
    /// repetition, and whether the reading was cut short.
    fn read(pages: impl Iterator<Item = u64>, promised: bool, is_full: bool) -> (u32, bool, bool) {
        let mut cursor = PageCursor::first();
        for page in pages {
            let next = PageCursor {
                promised,
                ..cursor.following(100, 100)
            };
            let sequel = cursor.sequel(Some(next), Some(page), is_full);
            match sequel.next {
                Some(next) => cursor = next,
                None => return (cursor.page, sequel.repeated, sequel.cut_short),
            }
        }
        unreachable!("the pages never end")
    }

    #[test]
    fn a_page_that_came_before_ends_the_reading() {
        for (pages, promised, is_full, expected) in [
            (&[1, 1][..], false, false, (2, true, false)),
            (&[1, 1], true, false, (2, true, true)),
            // Of a full page nobody knows whether it is all.
            (&[1, 1], false, true, (2, true, true)),
            (&[1, 2, 3, 3], false, false, (4, true, false)),
            // In turns, it proves nothing.
            (&[1, 2, 1, 2, 1, 2], false, false, (4, true, true)),
            (&[1, 2, 3, 1, 2, 3, 1, 2, 3], false, false, (7, true, true)),
        ] {
            let read = read(pages.iter().copied(), promised, is_full);
            assert_eq!(read, expected, "{pages:?}");
        }
    }

    #[test]
    fn a_list_without_an_end_is_left() {
        assert_eq!(read(1.., false, true), (MOST_PAGES, false, true));
    }

    #[test]
    fn empty_pages_repeat_nothing() {
        let first = PageCursor::first();
        let second = first.sequel(Some(first.following(100, 100)), Some(7), true);
        let second = second.next.unwrap();
        let third = second.sequel(Some(second.following(100, 0)), None, false);
        let third = third.next.unwrap();
        assert_eq!(third.previous, Some(7));
        let fourth = third.sequel(Some(third.following(100, 0)), None, false);
        assert!(!fourth.repeated);
    }
}
