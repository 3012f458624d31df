//! The layers around every request, so that no handler can forget one.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::body::{Body, HttpBody};
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use futures_util::{FutureExt, StreamExt, stream};
use metrics::SharedString;
use tokio::time::timeout;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::request_id::{MakeRequestId, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::TraceLayer;
use tracing::Span;

use super::webhooks::Received;
use super::{access, cookie, error, flash, host};
use crate::app::App;
use crate::paths;
use crate::telemetry::{self, RequestIds};

const REQUEST_ID: &str = "x-request-id";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// More than any form needs. A route that accepts more raises the limit itself.
const FORM_LIMIT: usize = 64 * 1024;
/// More than any request may have.
const BODY_LIMIT: usize = 2 * 1024 * 1024;
/// Longer than any page takes; anything slower is background work.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Nothing from elsewhere, nothing inline, nothing in a frame.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self'; font-src 'self'; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// Puts every layer around the routes of people.
pub(super) fn around(routes: Router<App>, app: &App, policy: &HeaderValue) -> Router<App> {
    let request_id = HeaderName::from_static(REQUEST_ID);
    let routes = routes
        .layer(DefaultBodyLimit::max(FORM_LIMIT))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .layer(
            ServiceBuilder::new()
                .layer(CompressionLayer::new())
                .layer(middleware::from_fn_with_state(app.clone(), host::ours_only))
                .layer(middleware::from_fn_with_state(app.clone(), flash::layer))
                .layer(middleware::from_fn_with_state(app.clone(), error::pages))
                .layer(middleware::from_fn_with_state(
                    app.clone(),
                    access::record_refusal,
                ))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(TimeoutLayer::with_status_code(
                    StatusCode::SERVICE_UNAVAILABLE,
                    TIMEOUT,
                ))
                .layer(middleware::from_fn_with_state(
                    app.clone(),
                    error::read_again,
                ))
                .map_request(other_scheme_is_other_site(app))
                .layer(same_site_only(app)),
        );
    routes.layer(
        ServiceBuilder::new()
            .map_request(without_request_id)
            .layer(SetRequestIdLayer::new(request_id.clone(), RequestIds))
            .layer(PropagateRequestIdLayer::new(request_id))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(telemetry::request_span::<axum::body::Body>)
                    .on_failure(()),
            )
            .layer(middleware::from_fn(measure))
            .layer(middleware::from_fn(close_if_unread))
            .layer(middleware::from_fn_with_state(
                (app.clone(), policy.clone()),
                headers,
            )),
    )
}

/// What the layers do that concern a program, at once: a delivery has no session, no page and no form, and
/// there are so many of them that each layer counts. One that goes well has an answer without content, which
/// needs no guard in a browser, and leaves no line in the log: its span is made where something is said. The
/// handler bounds and reads the body itself.
pub(super) async fn around_delivery<F: Future<Output = Received>>(
    app: &App,
    policy: &HeaderValue,
    request: Request,
    receive: impl FnOnce(Request) -> F,
) -> Response {
    let began = Instant::now();
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let has_body = !request.body().is_end_stream();
    let id = RequestIds.make_request_id(&request);
    let span = || telemetry::span(id.as_ref(), &method, &uri);
    // In a box, so that what is put around it does not move all of it.
    let handled = Box::pin(async {
        match method {
            Method::POST => receive(request).await,
            _ => Received::of(StatusCode::METHOD_NOT_ALLOWED),
        }
    });
    let received = in_time(handled, &span).await;
    if let Some(trouble) = &received.trouble {
        span().in_scope(|| trouble.log());
    }
    let mut response = received.status.into_response();
    let headers = response.headers_mut();
    if has_body && !received.is_read {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    if received.status == StatusCode::METHOD_NOT_ALLOWED {
        headers.insert(header::ALLOW, HeaderValue::from_static("POST"));
    }
    if let Some(id) = &id {
        headers.insert(REQUEST_ID, id.header_value().clone());
    }
    if received.status != StatusCode::NO_CONTENT {
        write_headers(headers, policy, true, cookie::is_https(app));
    }
    answered(
        known_method(&method),
        paths::WEBHOOK.into(),
        received.status,
        began,
    );
    response
}

/// Lets a handler receive a delivery: a panic is a 500, and what takes too long a 503.
async fn in_time(handled: impl Future<Output = Received>, span: &impl Fn() -> Span) -> Received {
    match timeout(TIMEOUT, AssertUnwindSafe(handled).catch_unwind()).await {
        Ok(Ok(received)) => received,
        Ok(Err(panic)) => {
            span().in_scope(|| panicked(panic));
            Received::of(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(_) => Received::of(StatusCode::SERVICE_UNAVAILABLE),
    }
}

/// Refuses cross-site posts. Requests with neither `Origin` nor `Sec-Fetch-Site` come from programs
/// and pass: they carry no session to abuse.
fn same_site_only(app: &App) -> CsrfLayer {
    let origin = app.config.public_url.origin().ascii_serialization();
    // A proxy may rewrite `Host`, so the public address is trusted as well.
    let layer = CsrfLayer::new().add_trusted_origin(origin);
    layer.unwrap_or_default()
}

/// The layer above compares hosts alone where a browser sends no `Sec-Fetch-Site`: a page under
/// another scheme than ours says that it is another site.
fn other_scheme_is_other_site(app: &App) -> impl Fn(Request) -> Request + Clone + use<> {
    let ours = format!("{}://", app.config.public_url.scheme());
    move |mut request| {
        let origin = request.headers().get(header::ORIGIN);
        let is_other = origin.is_some_and(|it| !it.as_bytes().starts_with(ours.as_bytes()));
        if is_other {
            let cross_site = HeaderValue::from_static("cross-site");
            request
                .headers_mut()
                .entry(SEC_FETCH_SITE)
                .or_insert(cross_site);
        }
        request
    }
}

/// Announces that the connection ends when a request was answered without reading its body: a
/// client that keeps the connection would send its next request in vain.
async fn close_if_unread(request: Request, next: Next) -> Response {
    if request.body().is_end_stream() || request.version() > Version::HTTP_11 {
        return next.run(request).await;
    }
    let is_read = Arc::new(AtomicBool::new(false));
    let request = request.map(|body| {
        let is_read = is_read.clone();
        let end = stream::poll_fn(move |_| {
            is_read.store(true, Ordering::Relaxed);
            Poll::Ready(None)
        });
        Body::from_stream(body.into_data_stream().chain(end))
    });
    let mut response = next.run(request).await;
    if !is_read.load(Ordering::Relaxed) {
        let close = HeaderValue::from_static("close");
        response.headers_mut().insert(header::CONNECTION, close);
    }
    response
}

/// The request id is always ours: a client cannot choose it.
fn without_request_id(mut request: Request) -> Request {
    request.headers_mut().remove(REQUEST_ID);
    request
}

async fn headers(
    State((app, policy)): State<(App, HeaderValue)>,
    request: Request,
    next: Next,
) -> Response {
    // Procore sends people back with a code in the address.
    let path = request.uri().path();
    let with_token = paths::carries_token(path) || path == paths::PROCORE_CALLBACK;
    let mut response = next.run(request).await;
    let https = cookie::is_https(&app);
    write_headers(response.headers_mut(), &policy, with_token, https);
    response
}

/// The policy of our pages. A form may lead to Procore's login only where people sign in there.
pub(super) fn policy(app: &App) -> HeaderValue {
    let environments = app.config.procore_environments.iter();
    let signed_in_to = environments.filter(|it| app.config.vendor_app(&it.name).is_some());
    let hosts: String = signed_in_to
        .map(|it| format!(" {}", it.login.origin().ascii_serialization()))
        .collect();
    let policy = CONTENT_SECURITY_POLICY
        .replace("form-action 'self'", &format!("form-action 'self'{hosts}"));
    let strictest = HeaderValue::from_static(CONTENT_SECURITY_POLICY);
    HeaderValue::from_str(&policy).unwrap_or(strictest)
}

fn write_headers(headers: &mut HeaderMap, policy: &HeaderValue, with_token: bool, https: bool) {
    let referrer = if with_token {
        "no-referrer"
    } else {
        "same-origin"
    };
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, referrer),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if https {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
    // What is no page of ours, like the host's logo, has a policy of its own.
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(policy.clone());
    // Every response is private unless it says otherwise.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
}

/// The method as a metric label. Clients may send anything as a method, and each value would be
/// another series.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

async fn measure(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = known_method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let response = next.run(request).await;
    let route = route.map_or("none".into(), |route| route.as_str().to_owned().into());
    answered(method, route, response.status(), began);
    response
}

fn answered(method: &'static str, route: SharedString, status: StatusCode, began: Instant) {
    telemetry::metrics::request_answered(method, route, status.as_u16(), began.elapsed());
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let said = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .context("a handler panicked without a word");
    let error = match said {
        Ok(said) => anyhow::anyhow!("a handler panicked: {said}"),
        Err(error) => error,
    };
    error::PageError::Internal(error).into_response()
}

#[cfg(test)]
mod tests {
    use std::future::pending;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_500_and_what_takes_too_long_a_503() {
        let panics = async { panic!("as a handler may") };
        let received = in_time(panics, &Span::none).await;
        assert_eq!(received.status, StatusCode::INTERNAL_SERVER_ERROR);
        let began = tokio::time::Instant::now();
        let received = in_time(pending(), &Span::none).await;
        assert_eq!(received.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(began.elapsed(), TIMEOUT);
        assert!(!received.is_read, "the connection ends");
    }
}
