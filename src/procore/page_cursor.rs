//! A position in a list, in pages of a size that may shrink.

use serde::{Deserialize, Serialize};

/// The smallest page that is asked for because Procore fails with larger ones.
const SMALLEST: u32 = 100;

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
    /// First record of the page before: a list that repeats it does not page at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) after: Option<i64>,
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
            ..Self::default()
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
            // It may begin with the row that the page before began with, and repeats nothing.
            after: None,
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
        clamped.after = Some(1);
        let smaller = clamped.smaller(2000).unwrap();
        assert_eq!((smaller.page, smaller.overlap), (1, 200));
        assert_eq!(smaller.after, None, "page 1 is no repetition");
    }
}
