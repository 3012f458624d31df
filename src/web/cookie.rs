//! Our cookies: host only, unreadable to scripts, not sent along from other sites.

use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use secrecy::{ExposeSecret, SecretString};

use crate::app::App;

const SESSION: &str = "session";

/// Whether browsers reach us by https. Only a loopback address may do without.
pub fn is_https(app: &App) -> bool {
    app.config.public_url.scheme() == "https"
}

/// A cookie's full name. `__Host-` has the browser refuse one that was set by a sister host or
/// without https.
pub fn name(app: &App, bare: &str) -> String {
    if is_https(app) {
        format!("__Host-{bare}")
    } else {
        format!("concierge-{bare}")
    }
}

/// A cookie that goes when the browser closes.
pub fn session_long(app: &App, bare: &str, value: String) -> Cookie<'static> {
    Cookie::build((name(app, bare), value))
        .path("/")
        .secure(is_https(app))
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// Takes a cookie back.
pub fn removal(app: &App, bare: &str) -> Cookie<'static> {
    let mut cookie = session_long(app, bare, String::new());
    cookie.make_removal();
    cookie
}

/// The token of the session that the browser claims to have.
pub fn session_token(app: &App, headers: &HeaderMap) -> Option<SecretString> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(&name(app, SESSION))?.value();
    (!token.is_empty()).then(|| SecretString::from(token))
}

/// Hands a session's token to the browser, until it closes or the session ends.
pub fn set_session(app: &App, token: &SecretString) -> CookieJar {
    let value = token.expose_secret().to_owned();
    CookieJar::new().add(session_long(app, SESSION, value))
}

pub fn drop_session(app: &App) -> CookieJar {
    CookieJar::new().add(removal(app, SESSION))
}

/// Whether an answer is something that a person reads.
pub fn is_page(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
