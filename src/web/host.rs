//! Answers requests for another host than ours with a page that names the public address
//! ([why](../../docs/adr/0145-a-request-for-another-host.md)).

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::uri::Authority;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::answer::page;
use super::view::{Link, Shell};
use super::{client, frame};
use crate::app::App;
use crate::config::is_loopback;
use crate::paths;
use crate::text::errors;

#[derive(Template)]
#[template(path = "errors/other_host.html")]
struct OtherHostPage {
    shell: Shell,
    heading: &'static str,
    text: &'static str,
    public: Link,
}

/// Lets requests for our own host through. The page for others asks for no session and sets no
/// cookie.
pub(super) async fn ours_only(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = client::requested_host(&request, &app);
    // Only old programs name no host at all.
    let is_ours = host.is_none_or(|host| is_ours(&app.config.public_url, host));
    if is_ours || answers_any_host(request.uri().path()) {
        return next.run(request).await;
    }
    let (heading, text) = errors::OTHER_HOST;
    let public = app.config.public_url.as_str();
    let template = OtherHostPage {
        shell: frame::shell(&app, None, ""),
        heading,
        text,
        public: Link::new(public, public),
    };
    match page(StatusCode::MISDIRECTED_REQUEST, &template) {
        Ok(response) => response,
        Err(error) => error.into_response(),
    }
}

/// Health checks come to an address, and the page itself needs its style.
fn answers_any_host(path: &str) -> bool {
    paths::is_health(path) || paths::is_static(path)
}

/// Whether `host` names the public address. One without a port may have lost it on its way through a
/// proxy; a loopback address is reached by all of its names, and by any port that leads to it.
fn is_ours(public: &Url, host: &str) -> bool {
    let Ok(asked) = host.parse::<Authority>() else {
        return false;
    };
    let name = asked.host().trim_end_matches('.');
    if is_loopback(public) {
        let asked = Url::parse(&format!("http://{name}"));
        return asked.is_ok_and(|asked| is_loopback(&asked));
    }
    let port = asked.port_u16();
    let is_its_port = port.is_none() || port == public.port_or_known_default();
    is_its_port
        && public
            .host_str()
            .is_some_and(|ours| ours.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_address_is_ours_with_its_port_or_none() {
        for (public, host, expected) in [
            ("https://setup.example", "setup.example", true),
            ("https://setup.example", "SETUP.example.", true),
            ("https://setup.example", "setup.example:443", true),
            ("https://setup.example", "setup.example:80", false),
            ("https://setup.example", "evil.example", false),
            ("https://setup.example", "setup.example.evil.example", false),
            ("https://setup.example", "localhost", false),
            ("https://setup.example", "10.0.0.7:8080", false),
            ("https://setup.example", "", false),
            ("https://setup.example", "not a host", false),
            ("https://setup.example:8443", "setup.example:8443", true),
            ("https://setup.example:8443", "setup.example", true),
            ("https://setup.example:8443", "setup.example:443", false),
            ("https://[2001:db8::1]", "[2001:db8::1]:443", true),
            ("http://localhost:8080", "localhost:8080", true),
            ("http://localhost:8080", "localhost", true),
            ("http://localhost:8080", "127.0.0.1:9090", true),
            ("http://localhost:8080", "[::1]:8080", true),
            ("http://127.0.0.1:8080", "localhost:8080", true),
            ("http://localhost:8080", "evil.example:8080", false),
            ("http://localhost:8080", "192.168.1.5:8080", false),
        ] {
            let public: Url = public.parse().unwrap();
            assert_eq!(is_ours(&public, host), expected, "{public} {host}");
        }
    }
}
