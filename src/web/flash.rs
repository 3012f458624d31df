//! A message that the next page shows once, in a cookie of its own.
//!
//! It is not part of the session: showing a page never writes to the database.

use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::cookie;
use super::view::{Notice, NoticeKind};
use crate::app::App;

const NAME: &str = "flash";
/// A cookie holds 4096 bytes; base64 takes a third more than the text.
const LONGEST: usize = 1_500;

/// What the next page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Flash {
    kind: NoticeKind,
    text: String,
}

impl Flash {
    /// A text that is too long for a cookie is cut.
    pub(super) fn new(kind: NoticeKind, text: impl Into<String>) -> Self {
        let mut text = text.into();
        text.truncate(text.floor_char_boundary(LONGEST));
        Self { kind, text }
    }

    /// The message that the browser sent, as a page shows it.
    pub(super) fn read(app: &App, headers: &HeaderMap) -> Option<Notice> {
        let jar = CookieJar::from_headers(headers);
        let value = jar.get(&cookie::name(app, NAME))?.value();
        let flash = Self::decode(value)?;
        Some(Notice::new(flash.kind, flash.text))
    }

    fn encode(&self) -> String {
        let kind = match self.kind {
            NoticeKind::Info => 'i',
            NoticeKind::Success => 's',
            NoticeKind::Waiting => 'w',
            NoticeKind::NeedsYou => 'n',
        };
        format!("{kind}{}", URL_SAFE_NO_PAD.encode(&self.text))
    }

    fn decode(value: &str) -> Option<Self> {
        let kind = match value.chars().next()? {
            'i' => NoticeKind::Info,
            's' => NoticeKind::Success,
            'w' => NoticeKind::Waiting,
            'n' => NoticeKind::NeedsYou,
            _ => return None,
        };
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(&value[1..]).ok()?).ok()?;
        (text.len() <= LONGEST).then_some(Self { kind, text })
    }
}

/// Sets the cookie on a redirect with a message, and removes it once a page was shown.
pub(super) async fn layer(State(app): State<App>, request: Request, next: Next) -> Response {
    let shown = CookieJar::from_headers(request.headers())
        .get(&cookie::name(&app, NAME))
        .is_some();
    let mut response = next.run(request).await;
    if let Some(flash) = response.extensions_mut().remove::<Flash>() {
        let set = cookie::session_long(&app, NAME, flash.encode());
        return (CookieJar::new().add(set), response).into_response();
    }
    let is_page = !response.status().is_redirection() && cookie::is_page(&response);
    if shown && is_page {
        let gone = CookieJar::new().add(cookie::removal(&app, NAME));
        return (gone, response).into_response();
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_text_comes_back_as_it_was_said() {
        for text in ["", "Saved", "“Ünïcode”; a=b,\r\n c\u{0}"] {
            let flash = Flash::new(NoticeKind::NeedsYou, text);
            let encoded = flash.encode();
            assert!(
                encoded
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
            );
            assert_eq!(Flash::decode(&encoded), Some(flash));
        }
        let long = Flash::new(NoticeKind::Info, "ä".repeat(2_000));
        assert_eq!(long.text.len(), LONGEST);
        for odd in ["", "x", "äö", "s!", "sgA", "s\u{1f600}"] {
            assert_eq!(Flash::decode(odd), None, "{odd:?}");
        }
    }
}
