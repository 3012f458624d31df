//! The span that every line about one request carries.

use http::{HeaderValue, Method, Request, Uri};
use tower_http::request_id::{MakeRequestId, RequestId};
use tracing::Span;
use uuid::Uuid;

use super::loggable_path;

/// Numbers requests so that an error page and its log lines can be matched.
///
/// Always our own: a number from outside could be chosen to imitate another request.
#[derive(Clone, Copy, Debug, Default)]
pub struct RequestIds;

impl MakeRequestId for RequestIds {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let id = Uuid::new_v4().simple().to_string();
        HeaderValue::from_str(&id).ok().map(RequestId::new)
    }
}

/// The [span](span) of a request that was given its id.
pub(crate) fn request_span<B>(request: &Request<B>) -> Span {
    let id = request.extensions().get::<RequestId>();
    span(id, request.method(), request.uri())
}

/// A span with a request's id, method and loggable path; never its query, headers or body.
pub(crate) fn span(id: Option<&RequestId>, method: &Method, uri: &Uri) -> Span {
    let id = id.and_then(|id| id.header_value().to_str().ok());
    tracing::info_span!(
        "request",
        request.id = id.unwrap_or_default(),
        http.method = %method,
        http.path = %loggable_path(uri.path()),
    )
}
