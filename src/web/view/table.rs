//! The parts of a dense table that need a decision: sortable headers, and the way to the next page.

/// A column's header.
#[derive(Debug, Clone)]
pub struct Column {
    pub label: &'static str,
    /// Numbers stand on the right.
    pub numeric: bool,
    /// Where sorting by this column leads; `None` when it cannot be sorted by.
    pub href: Option<String>,
    pub sort: Option<Sort>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    Ascending,
    Descending,
}

impl Sort {
    /// The value of `aria-sort`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ascending => "ascending",
            Self::Descending => "descending",
        }
    }

    pub fn arrow(self) -> &'static str {
        match self {
            Self::Ascending => "↑",
            Self::Descending => "↓",
        }
    }
}

impl Column {
    pub fn text(label: &'static str) -> Self {
        Self {
            label,
            numeric: false,
            href: None,
            sort: None,
        }
    }

    pub fn number(label: &'static str) -> Self {
        Self {
            numeric: true,
            ..Self::text(label)
        }
    }

    /// A header that sorts: where it leads, and how the table is sorted by it now.
    #[must_use]
    pub fn sorts(mut self, href: impl Into<String>, sort: Option<Sort>) -> Self {
        (self.href, self.sort) = (Some(href.into()), sort);
        self
    }
}

/// The way to the neighbouring pages of a table that is read by key, not by number.
#[derive(Debug, Clone, Default)]
pub struct Pager {
    /// `1 to 50 of 1,000+`.
    pub showing: String,
    /// Where one comes back to from a page that knows only what follows it.
    pub first: Option<String>,
    pub previous: Option<String>,
    pub next: Option<String>,
}
