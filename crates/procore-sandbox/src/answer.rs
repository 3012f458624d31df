//! What the simulator answers: a status, headers, and a body in one of Procore's error shapes.

use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use futures_util::{StreamExt, stream};
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::{Value, json};

/// An answer before it is written to the connection.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Payload,
}

#[derive(Debug, Clone)]
pub enum Payload {
    Json(Value),
    Html(String),
    /// What goes out where JSON is expected.
    Raw(Vec<u8>),
    /// The first half of a JSON body whose length header promises the whole.
    Truncated(String),
    Empty,
}

impl Answer {
    pub fn json(status: StatusCode, body: Value) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Payload::Json(body),
        }
    }

    pub fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A v2 list or record, in its `data` envelope.
    pub fn found(data: Value) -> Self {
        Self::data(StatusCode::OK, data)
    }

    /// A v2 success: the body in its `data` envelope.
    pub fn data(status: StatusCode, data: Value) -> Self {
        Self::json(status, json!({ "data": data }))
    }

    pub fn empty(status: StatusCode) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: Payload::Empty,
        }
    }

    pub fn html(status: StatusCode, text: &str) -> Self {
        let body = format!(
            "<!DOCTYPE html><html><head><title>{text}</title></head><body><h1>{text}</h1></body></html>"
        );
        Self {
            status,
            headers: HeaderMap::new(),
            body: Payload::Html(body),
        }
    }

    /// An error in the shape of the API version that `path` belongs to.
    pub fn error(path: &str, status: StatusCode, message: &str) -> Self {
        if path.starts_with("/rest/v2") {
            let code = status.as_u16().to_string();
            return Self::json(
                status,
                json!({ "error": { "code": code, "message": message, "details": [] } }),
            );
        }
        Self::json(status, json!({ "errors": message }))
    }

    /// A scripted status: a given body as JSON where it is JSON, else as a web page.
    pub fn scripted(path: &str, status: u16, body: Option<&Value>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        match body {
            None => Self::error(path, status, status.canonical_reason().unwrap_or("Error")),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(json) => Self::json(status, json),
                Err(_) => Self {
                    body: Payload::Html(text.clone()),
                    ..Self::empty(status)
                },
            },
            Some(json) => Self::json(status, json.clone()),
        }
    }

    /// An error of the login endpoints (RFC 6749 section 5.2).
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(
            status,
            json!({ "error": error, "error_description": description }),
        )
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = HeaderValue::from_str(&value.to_string());
        self.headers
            .extend(value.map(|value| (HeaderName::from_static(name), value)));
        self
    }

    pub fn into_response(self) -> Response {
        let (content_type, body) = match self.body {
            Payload::Json(value) => (
                Some("application/json; charset=utf-8"),
                Body::from(value.to_string()),
            ),
            Payload::Raw(bytes) => (Some("application/json; charset=utf-8"), Body::from(bytes)),
            Payload::Html(text) => (Some("text/html; charset=utf-8"), Body::from(text)),
            Payload::Truncated(text) => {
                (Some("application/json; charset=utf-8"), broken_off(&text))
            }
            Payload::Empty => (None, Body::empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        if let Some(content_type) = content_type {
            response
                .headers_mut()
                .insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        response.headers_mut().extend(self.headers);
        response
    }
}

/// A body that sends half of `text` and then fails, so that the connection breaks in the middle.
fn broken_off(text: &str) -> Body {
    let half = text[..text.floor_char_boundary(text.len() / 2)].to_owned();
    let first = stream::once(async { Ok(half) });
    let then = stream::once(async {
        // Only what waits is written out: without a pause the caller would not even see a status.
        tokio::time::sleep(Duration::from_millis(5)).await;
        Err(std::io::Error::other("the connection broke, as asked"))
    });
    Body::from_stream(first.chain(then))
}
