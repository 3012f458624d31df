//! The person who holds a link.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use secrecy::SecretString;

use crate::app::App;
use crate::flows::hand_over::OpenedLink;
use crate::flows::hand_over::open;
use crate::identity::Actor;
use crate::paths;
use crate::web::answer::{SeeOther, see_other};
use crate::web::client::ClientAddress;
use crate::web::error::PageError;
use crate::web::flash::Flash;
use crate::web::frame;
use crate::web::procore_sign_in::browser;
use crate::web::view::{Notice, Shell};

/// A request with the token of a link. The hand-over may have ended.
pub(crate) struct Holder {
    pub token: SecretString,
    pub held: OpenedLink,
    /// What this browser kept since it left for Procore; empty if it did not.
    pub browser: SecretString,
    source: ClientAddress,
    flash: Option<Notice>,
}

impl Holder {
    pub(super) fn actor(&self) -> Actor {
        self.held.actor(self.source.0)
    }

    pub(super) fn source(&self) -> ClientAddress {
        self.source
    }

    /// The frame: nobody is signed in here, and it must not contain the token.
    pub(super) fn shell(&self, app: &App) -> Shell {
        let mut shell = frame::shell(app, None, "");
        shell.flash = self.flash.clone();
        shell
    }

    /// The link's own page.
    pub(super) fn home(&self) -> String {
        paths::handover(&self.token)
    }

    pub(super) fn back(&self) -> SeeOther {
        see_other(self.home())
    }

    /// Where *I can't find this* leads.
    pub(super) fn stuck(&self, text: &str) -> String {
        paths::stuck_at_handover(&self.token, text)
    }
}

impl FromRequestParts<App> for Holder {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, PageError> {
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| PageError::Missing)?;
        let token = params
            .iter()
            .find_map(|(name, value)| (name == "token").then(|| SecretString::from(value)))
            .ok_or(PageError::Missing)?;
        let source = ClientAddress::of(parts, app);
        let held = match is_visit(&parts.method, &parts.headers) {
            true => open::run(app, &token, source.0).await?,
            false => open::look(app, &token).await?,
        };
        Ok(Self {
            token,
            held,
            browser: browser(app, &parts.headers),
            source,
            flash: Flash::read(app, &parts.headers),
        })
    }
}

/// Whether a person opens the page, rather than a program that prefetches it.
fn is_visit(method: &Method, headers: &HeaderMap) -> bool {
    let says_prefetch = ["sec-purpose", "purpose", "x-moz"].into_iter().any(|name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| value.contains("prefetch"))
    });
    *method == Method::GET && !says_prefetch
}
