//! A browser as far as the product can tell: cookies, origin, redirects.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Mutex;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, header};
use concierge::paths;
use concierge::web::Front;
use tower::ServiceExt;
use url::{Url, form_urlencoded};

use super::app::{PASSWORD, TestApp};
use super::logs::typed;
use super::page::Page;
use super::totp;

const LARGEST: usize = 4 * 1024 * 1024;
const MOST_REDIRECTS: usize = 10;

/// One browser with its cookies.
pub(crate) struct Browser {
    front: Front,
    origin: String,
    host: String,
    address: IpAddr,
    /// Headers of every request, as a proxy passes them on.
    forwarded: Vec<(&'static str, &'static str)>,
    cookies: Mutex<BTreeMap<String, String>>,
    last: Mutex<Option<String>>,
}

impl Browser {
    pub(super) fn new(front: Front, public_url: &Url) -> Self {
        Self {
            front,
            origin: public_url.origin().ascii_serialization(),
            host: public_url.authority().to_owned(),
            address: IpAddr::V4(Ipv4Addr::new(203, 0, 113, 1)),
            forwarded: Vec::new(),
            cookies: Mutex::default(),
            last: Mutex::default(),
        }
    }

    pub(super) fn at(mut self, address: IpAddr) -> Self {
        self.address = address;
        self
    }

    /// The same, but it found us under another host's name.
    pub(crate) fn asking_for(mut self, host: &str) -> Self {
        host.clone_into(&mut self.host);
        self
    }

    /// The same behind a proxy that passes these headers on.
    pub(crate) fn forwarding(mut self, headers: &[(&'static str, &'static str)]) -> Self {
        self.forwarded = headers.to_vec();
        self
    }

    /// The page at `path`.
    pub(crate) async fn get(&self, path: &str) -> Page {
        let request = self.request("GET", path).header("sec-fetch-site", "none");
        let page = self.send(request.body(Body::empty())).await;
        *self.last.lock().unwrap() = Some(path.to_owned());
        page
    }

    /// The page at `path`, asked for with further headers.
    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.request("GET", path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(Body::empty())).await
    }

    /// The page at `path`, or where it leads.
    pub(crate) async fn visit(&self, path: &str) -> Page {
        let page = self.get(path).await;
        self.follow(page).await
    }

    /// What a form with these fields is answered with.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        for (field, value) in fields {
            typed(field, value);
        }
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send(self.form(path).body(Body::from(form))).await
    }

    /// The response to a form with this body, valid or not.
    pub(crate) async fn post_body(&self, path: &str, body: String) -> Page {
        let length = body.len();
        let request = self.form(path).header(header::CONTENT_LENGTH, length);
        self.send(request.body(Body::from(body))).await
    }

    /// The answer to a form with a file.
    pub(crate) async fn upload(&self, path: &str, fields: &[(&str, &str)], file: &[u8]) -> Page {
        let edge = "----edge-of-a-part";
        let mut body = Vec::new();
        for (name, value) in fields {
            let head =
                format!("--{edge}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend([head.as_bytes(), value.as_bytes(), b"\r\n"].concat());
        }
        let file_name = if file.is_empty() { "" } else { "list.csv" };
        let head = format!(
            "--{edge}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{file_name}\"\r\n\
             Content-Type: text/csv\r\n\r\n"
        );
        body.extend([head.as_bytes(), file].concat());
        body.extend(format!("\r\n--{edge}--\r\n").as_bytes());
        let mut request = self.form(path).body(Body::from(body)).unwrap();
        let kind = format!("multipart/form-data; boundary={edge}");
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, kind.parse().unwrap());
        self.send(Ok(request)).await
    }

    /// The page that a form leads to.
    pub(crate) async fn submit(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.post(path, fields).await;
        self.follow(page).await
    }

    /// A form that another site makes the browser send.
    pub(crate) async fn post_from_elsewhere(&self, path: &str, fields: &[(&str, &str)]) -> Page {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = self.form(path).body(Body::from(form)).unwrap();
        let headers = request.headers_mut();
        headers.insert(header::ORIGIN, "https://evil.example".parse().unwrap());
        headers.insert("sec-fetch-site", "cross-site".parse().unwrap());
        self.send(Ok(request)).await
    }

    /// A form of a page at `origin`, sent by an old browser, which says no more than that.
    pub(crate) async fn post_from(
        &self,
        origin: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut request = self.form(path).body(Body::from(form)).unwrap();
        let headers = request.headers_mut();
        headers.insert(header::ORIGIN, origin.parse().unwrap());
        headers.remove("sec-fetch-site");
        self.send(Ok(request)).await
    }

    /// Goes where `page` leads, until there is a page to read.
    pub(crate) async fn follow(&self, mut page: Page) -> Page {
        for _ in 0..MOST_REDIRECTS {
            let Some(location) = page.location.clone() else {
                return page;
            };
            page = self.get(&location).await;
        }
        panic!("the redirects do not end: {:?}", page.location);
    }

    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        self.cookies.lock().unwrap().get(name).cloned()
    }

    pub(crate) fn set_cookie(&self, name: &str, value: &str) {
        self.cookies
            .lock()
            .unwrap()
            .insert(name.to_owned(), value.to_owned());
    }

    /// The names of the cookies that the browser has.
    pub(crate) fn cookies(&self) -> Vec<String> {
        self.cookies.lock().unwrap().keys().cloned().collect()
    }

    /// Signs in with address and password and goes where that leads; not beyond the password.
    pub(crate) async fn sign_in(&self, email: &str, password: &str) -> Page {
        let fields = [("email", email), ("password", password)];
        let page = self.post(paths::SIGN_IN, &fields).await;
        assert_eq!(page.status, 303, "{email} is signed in: {}", page.text());
        page
    }

    /// Sets up a second factor; gives its secret in base32.
    pub(crate) async fn enrol(&self, app: &TestApp) -> String {
        let page = self
            .submit(paths::ACCOUNT_SECOND_FACTOR, &[("password", PASSWORD)])
            .await;
        let secret = page.code("secret");
        let code = totp::code(&secret, app.now());
        let fields = [("code", code.as_str())];
        let page = self
            .post(
                &format!("{}/confirm", paths::ACCOUNT_SECOND_FACTOR),
                &fields,
            )
            .await;
        assert_eq!(page.status, 200, "{}", page.text());
        secret
    }

    fn request(&self, method: &str, path: &str) -> axum::http::request::Builder {
        let cookies: Vec<String> = self
            .cookies
            .lock()
            .unwrap()
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = Request::builder().method(method).uri(path);
        let forwarded = self.forwarded.iter();
        forwarded
            .fold(request, |it, (name, value)| it.header(*name, *value))
            .header(header::HOST, &self.host)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(
                header::USER_AGENT,
                "Mozilla/5.0 (X11; Linux x86_64) Chrome/150.0",
            )
            .header(header::COOKIE, cookies.join("; "))
            .extension(ConnectInfo(SocketAddr::new(self.address, 50_000)))
    }

    fn form(&self, path: &str) -> axum::http::request::Builder {
        let before = self.last.lock().unwrap().clone();
        let before = before.unwrap_or_else(|| path.to_owned());
        self.request("POST", path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, &self.origin)
            .header(header::REFERER, format!("{}{before}", self.origin))
            .header("sec-fetch-site", "same-origin")
    }

    async fn send(&self, request: axum::http::Result<Request<Body>>) -> Page {
        let request = request.unwrap();
        let asked = format!("{} {}", request.method(), request.uri());
        let response = self.front.clone().oneshot(request).await.unwrap();
        self.keep_cookies(&response);
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = to_bytes(response.into_body(), LARGEST).await.unwrap();
        let html = String::from_utf8(body.into()).unwrap();
        Page::new(asked, status, headers, html)
    }

    fn keep_cookies(&self, response: &Response<Body>) {
        let mut cookies = self.cookies.lock().unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let line = line.to_str().unwrap();
            let (pair, attributes) = line.split_once(';').unwrap_or((line, ""));
            let (name, value) = pair.split_once('=').unwrap();
            assert!(attributes.contains("HttpOnly"), "{line}");
            assert!(attributes.contains("SameSite=Lax"), "{line}");
            assert_eq!(
                attributes.contains("Secure"),
                self.origin.starts_with("https:"),
                "{line}"
            );
            if attributes.contains("Max-Age=0") {
                cookies.remove(name);
            } else {
                cookies.insert(name.to_owned(), value.to_owned());
            }
        }
    }
}
