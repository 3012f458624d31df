//! What the frame around every page needs to know.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{Contact, Link, Nav, Notice, When};
use crate::web::assets;

/// The frame around a page: whose product it is, who is signed in, and what must not be missed.
#[derive(Debug, Clone)]
pub struct Shell {
    /// The product that the firm connects Procore to.
    pub product: String,
    /// The address of the host's logo.
    pub logo: Option<String>,
    /// The address of the style sheet with the host's accent colour.
    pub accent: Option<String>,
    /// The host's own help pages.
    pub help_url: Option<String>,
    /// How to reach support; shown as help on every page.
    pub support_contact: Option<Contact>,
    /// Whether mails leave this machine.
    pub mails_leave: bool,
    /// Who is signed in.
    pub person: Option<SignedInPerson>,
    /// The firm that the page is about.
    pub firm: Option<Link>,
    /// Whether the person may act for more than one firm, and so may need to switch.
    pub several_firms: bool,
    /// Pages at the top, for support people.
    pub nav: Option<Nav>,
    /// The result of the action that led here, shown once.
    pub flash: Option<Notice>,
    /// What holds for every page while it lasts.
    pub banners: Vec<Banner>,
    /// Where this page is, for forms that come back to it.
    pub path: String,
    /// The time that relative times on the page refer to.
    pub now: DateTime<Utc>,
    /// The zone that the person chose; UTC otherwise.
    pub zone: Tz,
}

/// Who is signed in, as the header shows them.
#[derive(Debug, Clone)]
pub struct SignedInPerson {
    pub name: String,
}

impl Shell {
    /// A frame without a person, for example around the sign-in page.
    pub fn new(product: impl Into<String>, now: DateTime<Utc>) -> Self {
        Self {
            product: product.into(),
            logo: None,
            accent: None,
            help_url: None,
            support_contact: None,
            mails_leave: true,
            person: None,
            firm: None,
            several_firms: false,
            nav: None,
            flash: None,
            banners: Vec::new(),
            path: String::new(),
            now,
            zone: Tz::UTC,
        }
    }

    /// A moment, ready to be shown to this person.
    pub fn when(&self, at: DateTime<Utc>) -> When {
        When::new(self.now, at, self.zone)
    }

    /// Whether the reader is on the pages of somebody else and may change nothing.
    pub fn only_looks(&self) -> bool {
        let mut kinds = self.banners.iter().map(|banner| banner.kind);
        kinds.any(|kind| kind == BannerKind::ViewAs)
    }

    /// The time zone as a person reads it: `UTC`, `Europe/Berlin`, `America/New York`.
    pub fn zone_name(&self) -> String {
        self.zone.name().replace('_', " ")
    }

    /// Whether the person has not chosen a zone, or UTC.
    pub fn is_utc(&self) -> bool {
        self.zone == Tz::UTC
    }

    /// The address of a file of `static/`.
    pub fn asset<'a>(&self, name: &'a str) -> &'a str {
        assets::url(name)
    }

    /// Whether there is more to choose in the header than the way home.
    pub fn has_menu(&self) -> bool {
        self.person.is_some() || self.nav.is_some()
    }
}

/// A strip across the page that cannot be dismissed.
#[derive(Debug, Clone)]
pub struct Banner {
    pub kind: BannerKind,
    /// Two or three words: `View as`, `Sandbox`, `Paused`.
    pub title: String,
    pub text: String,
    /// What ends it: a form posted to the address, named by the label.
    pub end: Option<Link>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BannerKind {
    /// A support person sees a firm's pages and can change nothing.
    ViewAs,
    /// A support person acts for a firm with its consent.
    ActFor,
    /// Not the production environment.
    Sandbox,
    /// Somebody paused the integration.
    Paused,
}

impl BannerKind {
    pub fn class(self) -> &'static str {
        match self {
            Self::ViewAs | Self::ActFor => "is-staff",
            Self::Sandbox => "is-sandbox",
            Self::Paused => "is-paused",
        }
    }

    pub fn icon(self) -> super::Icon {
        match self {
            Self::ViewAs => super::Icon::Eye,
            Self::ActFor => super::Icon::Person,
            Self::Sandbox => super::Icon::Warning,
            Self::Paused => super::Icon::Pause,
        }
    }
}
