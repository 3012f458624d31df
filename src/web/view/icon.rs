//! The icons, drawn on a 16 px grid.

use std::fmt;

use askama::filters::HtmlSafe;

/// An icon that stands beside a word; it is hidden from assistive technology, because the word says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Icon {
    /// An exclamation mark in a ring, where it stands by itself; `Exclamation` where the ring is drawn by the page.
    Alert,
    Arrow,
    Check,
    Clock,
    Copy,
    Cross,
    Dash,
    Exclamation,
    External,
    Eye,
    Info,
    Lock,
    Pause,
    Person,
    Print,
    Refresh,
    Ring,
    Search,
    Theme,
    Warning,
}

impl Icon {
    fn shapes(self) -> &'static str {
        match self {
            Self::Alert => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 4.5v4M8 11v.25"/>"#,
            Self::Arrow => r#"<path d="M3 8h10M9 4l4 4-4 4"/>"#,
            Self::Check => r#"<path d="m3 8.5 3.5 3.5L13 4.5"/>"#,
            Self::Clock => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 4.5V8l2.5 1.75"/>"#,
            Self::Copy => {
                r#"<rect x="5.5" y="5.5" width="8" height="8.5" rx="1.5"/><path d="M10.5 2.5H4A1.5 1.5 0 0 0 2.5 4v6.5"/>"#
            }
            Self::Cross => r#"<path d="m4 4 8 8m0-8-8 8"/>"#,
            Self::Dash => r#"<path d="M4 8h8"/>"#,
            Self::Exclamation => r#"<path d="M8 3v6"/><path d="M8 12.5v.5"/>"#,
            Self::External => {
                r#"<path d="M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9.5V12a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.5 12V6A1.5 1.5 0 0 1 4 4.5h2.5"/>"#
            }
            Self::Eye => {
                r#"<path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8Z"/><circle cx="8" cy="8" r="2"/>"#
            }
            Self::Info => r#"<circle cx="8" cy="8" r="6.25"/><path d="M8 7.25V11.5M8 4.5V5"/>"#,
            Self::Lock => {
                r#"<rect x="3" y="7" width="10" height="7" rx="1.5"/><path d="M5.25 7V4.75a2.75 2.75 0 0 1 5.5 0V7"/>"#
            }
            Self::Pause => r#"<path d="M5.5 3.5v9M10.5 3.5v9"/>"#,
            Self::Person => {
                r#"<circle cx="8" cy="5" r="2.75"/><path d="M2.75 14a5.25 5.25 0 0 1 10.5 0"/>"#
            }
            Self::Print => {
                r#"<path d="M4.5 5.5v-3h7v3M4.5 11.5H2.5v-6h11v6h-2"/><path d="M4.5 9.5h7v4h-7z"/>"#
            }
            Self::Refresh => r#"<path d="M13.5 8a5.5 5.5 0 1 1-1.6-3.9L13.5 5.5M13.5 2v3.5H10"/>"#,
            Self::Ring => {
                r#"<circle cx="8" cy="8" r="5.75" opacity=".3"/><path d="M8 2.25A5.75 5.75 0 0 1 13.75 8"/>"#
            }
            Self::Search => r#"<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>"#,
            Self::Theme => {
                r#"<circle cx="8" cy="8" r="5.75"/><path d="M8 2.25a5.75 5.75 0 0 1 0 11.5Z" fill="currentColor"/>"#
            }
            Self::Warning => {
                r#"<path d="M8 2.25 14.5 13.5h-13Z"/><path d="M8 6.5v3.25M8 11.5v.25"/>"#
            }
        }
    }
}

impl fmt::Display for Icon {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let turning = if *self == Self::Ring { " turning" } else { "" };
        write!(
            f,
            r#"<svg class="icon{turning}" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">{}</svg>"#,
            self.shapes(),
        )
    }
}

impl HtmlSafe for Icon {}
