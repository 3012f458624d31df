//! Links, actions and notices.

use super::{Icon, Rich};
use crate::text::pages;

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub href: String,
}

impl Link {
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            href: href.into(),
        }
    }
}

/// The main action: a link, or a form without fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Go(Link),
    /// `href` is where the empty form is posted.
    Post(Link),
}

impl Action {
    pub fn go(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Go(Link::new(label, href))
    }

    pub fn post(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self::Post(Link::new(label, href))
    }
}

/// A row of links, one of which is the page being read.
#[derive(Debug, Clone)]
pub struct Nav {
    /// What the links are about, for assistive technology.
    pub label: &'static str,
    pub items: Vec<NavItem>,
}

#[derive(Debug, Clone)]
pub struct NavItem {
    pub link: Link,
    pub current: bool,
}

impl Nav {
    /// Links with their labels; the one whose address is `path` is marked as the current page.
    pub fn new(
        label: &'static str,
        path: &str,
        links: impl IntoIterator<Item = (impl Into<String>, String)>,
    ) -> Self {
        let items = links
            .into_iter()
            .map(|(label, href)| NavItem {
                current: href == path,
                link: Link::new(label, href),
            })
            .collect();
        Self { label, items }
    }
}

/// One sentence about what happened or what is awaited, with at most one action.
#[derive(Debug, Clone)]
pub struct Notice {
    pub kind: NoticeKind,
    pub text: Rich,
    pub action: Option<Action>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticeKind {
    Info,
    Success,
    Waiting,
    NeedsYou,
}

impl NoticeKind {
    /// For screen readers only: icon and colour say the same.
    pub fn word(self) -> &'static str {
        match self {
            Self::Info => pages::INFO,
            Self::Success => pages::DONE,
            Self::Waiting => pages::WAITING,
            Self::NeedsYou => pages::NEEDS_YOU,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Self::Info => "is-info",
            Self::Success => "is-done",
            Self::Waiting => "is-waiting",
            Self::NeedsYou => "is-needed",
        }
    }

    pub fn icon(self) -> Icon {
        match self {
            Self::Info => Icon::Info,
            Self::Success => Icon::Check,
            Self::Waiting => Icon::Clock,
            Self::NeedsYou => Icon::Alert,
        }
    }
}

impl Notice {
    pub fn info(text: impl Into<Rich>) -> Self {
        Self::new(NoticeKind::Info, text)
    }

    pub fn success(text: impl Into<Rich>) -> Self {
        Self::new(NoticeKind::Success, text)
    }

    pub fn waiting(text: impl Into<Rich>) -> Self {
        Self::new(NoticeKind::Waiting, text)
    }

    pub fn needs_you(text: impl Into<Rich>) -> Self {
        Self::new(NoticeKind::NeedsYou, text)
    }

    pub fn new(kind: NoticeKind, text: impl Into<Rich>) -> Self {
        Self {
            kind,
            text: text.into(),
            action: None,
        }
    }

    #[must_use]
    pub fn with(mut self, action: Action) -> Self {
        self.action = Some(action);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_being_read_is_marked() {
        let links = || {
            [
                ("Queue", "/support".to_owned()),
                ("Mail", "/support/mail".to_owned()),
            ]
        };
        for (path, marked) in [
            ("/support", [true, false]),
            ("/support/mail", [false, true]),
            ("/other", [false; 2]),
        ] {
            let nav = Nav::new("Support", path, links());
            let current: Vec<_> = nav.items.iter().map(|item| item.current).collect();
            assert_eq!(current, marked, "{path}");
        }
    }
}
