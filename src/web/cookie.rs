//! Our cookies: host only, `HttpOnly`, `SameSite`.

use std::collections::HashMap;

use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use secrecy::{ExposeSecret, SecretString};

use crate::app::App;
use crate::flows::{DeviceMark, Opened};
use crate::identity::PersonId;

const SESSION: &str = "session";
/// While somebody is away at Procore.
const AWAY: &str = "procore-sign-in";
/// Followed by the person's id: a browser may be known to several.
const DEVICE: &str = "device-";

/// Whether browsers reach us over https. Only a loopback address may use plain http.
pub(crate) fn is_https(app: &App) -> bool {
    app.config.public_url.scheme() == "https"
}

/// A cookie's full name. With `__Host-` the browser refuses one that was set by a sibling host or
/// without https.
pub(super) fn name(app: &App, bare: &str) -> String {
    if is_https(app) {
        format!("__Host-{bare}")
    } else {
        format!("concierge-{bare}")
    }
}

/// A cookie that ends when the browser closes.
pub(crate) fn session_long(app: &App, bare: &str, value: String) -> Cookie<'static> {
    Cookie::build((name(app, bare), value))
        .path("/")
        .secure(is_https(app))
        .http_only(true)
        .same_site(SameSite::Lax)
        .build()
}

/// Removes a cookie.
pub(super) fn removal(app: &App, bare: &str) -> Cookie<'static> {
    let mut cookie = session_long(app, bare, String::new());
    cookie.make_removal();
    cookie
}

/// The token of the session that the browser claims to have.
pub(crate) fn session_token(app: &App, headers: &HeaderMap) -> Option<SecretString> {
    let jar = CookieJar::from_headers(headers);
    let token = jar.get(&name(app, SESSION))?.value();
    (!token.is_empty()).then(|| SecretString::from(token))
}

/// Hands an opened session to the browser, until it closes or the session ends, and marks the
/// browser as known.
pub(crate) fn signed_in(app: &App, opened: &Opened) -> CookieJar {
    let token = opened.token.expose_secret().to_owned();
    let jar = CookieJar::new().add(session_long(app, SESSION, token));
    match &opened.device {
        Some(mark) => jar.add(device(app, mark)),
        None => jar,
    }
}

/// Marks the browser as known to a person; stays when they sign out.
pub(crate) fn device(app: &App, mark: &DeviceMark) -> Cookie<'static> {
    let value = mark.text.expose_secret().to_owned();
    let mut cookie = session_long(app, &format!("{DEVICE}{}", mark.person), value);
    cookie.make_permanent();
    cookie
}

/// What the browser keeps from earlier sign-ins, for each person.
pub(super) fn device_marks(app: &App, headers: &HeaderMap) -> HashMap<PersonId, SecretString> {
    let prefix = name(app, DEVICE);
    let jar = CookieJar::from_headers(headers);
    jar.iter()
        .filter_map(|cookie| {
            let person = cookie.name().strip_prefix(&prefix)?.parse().ok()?;
            Some((person, SecretString::from(cookie.value())))
        })
        .collect()
}

/// Keeps a value until the browser comes back from Procore.
pub(crate) fn away(app: &App, value: String) -> CookieJar {
    CookieJar::new().add(session_long(app, AWAY, value))
}

/// What it kept.
pub(crate) fn kept_while_away(app: &App, headers: &HeaderMap) -> Option<String> {
    let jar = CookieJar::from_headers(headers);
    Some(jar.get(&name(app, AWAY))?.value().to_owned())
}

pub(crate) fn drop_away(app: &App) -> CookieJar {
    CookieJar::new().add(removal(app, AWAY))
}

pub(crate) fn drop_session(app: &App) -> CookieJar {
    CookieJar::new().add(removal(app, SESSION))
}

/// Whether a response is a page.
pub(super) fn is_page(response: &Response) -> bool {
    response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}
