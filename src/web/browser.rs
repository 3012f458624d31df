//! The browser that somebody signs in with.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::header;
use axum::http::request::Parts;

use super::client::ClientAddress;
use super::cookie;
use crate::app::App;
use crate::flows::Browser;

impl FromRequestParts<App> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let user_agent = parts.headers.get(header::USER_AGENT);
        Ok(Self {
            source: ClientAddress::of(parts, app).0,
            user_agent: user_agent
                .and_then(|value| value.to_str().ok())
                .map(str::to_owned),
            token: cookie::session_token(app, &parts.headers),
            device_marks: cookie::device_marks(app, &parts.headers),
        })
    }
}
