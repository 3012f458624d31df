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
    /// Boxed, since an answer is an error, too.
    pub headers: Box<HeaderMap>,
    pub body: Payload,
}

#[derive(Debug, Clone)]
pub enum Payload {
    Json(Value),
    /// A message, in the error shape of the API version that was called.
    Error(String),
    Html(String),
    /// What goes out where JSON is expected.
    Raw(Vec<u8>),
    /// The first half of a JSON body whose length header promises the whole.
    Truncated(String),
    Empty,
}

/// Why a call is not answered as it was meant.
#[derive(Debug)]
pub(crate) struct Refusal {
    /// Which rule it breaks; none where Procore refuses a call that was right.
    pub violation: Option<String>,
    pub answer: Answer,
}

pub(crate) type Answered = Result<Answer, Refusal>;

/// There is no such thing, or the app may not see it.
pub(crate) struct NotFound;

impl Answer {
    pub fn new(status: StatusCode, body: Payload) -> Self {
        Self {
            status,
            headers: Box::default(),
            body,
        }
    }

    pub fn json(status: StatusCode, body: Value) -> Self {
        Self::new(status, Payload::Json(body))
    }

    pub fn ok(body: Value) -> Self {
        Self::json(StatusCode::OK, body)
    }

    /// A v2 list or record, in its `data` envelope.
    pub fn found(data: Value) -> Self {
        Self::data(StatusCode::OK, data)
    }

    pub fn data(status: StatusCode, data: Value) -> Self {
        Self::json(status, json!({ "data": data }))
    }

    pub fn empty(status: StatusCode) -> Self {
        Self::new(status, Payload::Empty)
    }

    pub fn html(status: StatusCode, text: &str) -> Self {
        let title = format!("<head><title>{text}</title></head>");
        let body = format!("<!DOCTYPE html><html>{title}<body><h1>{text}</h1></body></html>");
        Self::new(status, Payload::Html(body))
    }

    pub fn error(status: StatusCode, message: impl Into<String>) -> Self {
        Self::new(status, Payload::Error(message.into()))
    }

    /// An error of the login endpoints (RFC 6749 section 5.2).
    pub fn oauth(status: StatusCode, error: &str, description: &str) -> Self {
        Self::json(
            status,
            json!({ "error": error, "error_description": description }),
        )
    }

    /// A given body as JSON where it is JSON, else as a web page; without one, Procore's error.
    pub fn scripted(status: StatusCode, body: Option<&Value>) -> Self {
        match body {
            None => Self::error(status, status.canonical_reason().unwrap_or("Error")),
            Some(Value::String(text)) => match serde_json::from_str(text) {
                Ok(json) => Self::json(status, json),
                Err(_) => Self::new(status, Payload::Html(text.clone())),
            },
            Some(json) => Self::json(status, json.clone()),
        }
    }

    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        let value = HeaderValue::from_str(&value.to_string());
        self.headers
            .extend(value.map(|value| (HeaderName::from_static(name), value)));
        self
    }

    /// Puts an error into the shape of the API version that `path` belongs to.
    pub fn shaped_for(mut self, path: &str) -> Self {
        if let Payload::Error(message) = &self.body {
            let code = self.status.as_str();
            self.body = Payload::Json(match path.starts_with("/rest/v2") {
                true => json!({ "error": { "code": code, "message": message, "details": [] } }),
                false => json!({ "errors": message }),
            });
        }
        self
    }

    pub fn into_response(self) -> Response {
        let json = Some("application/json; charset=utf-8");
        let (content_type, body) = match self.body {
            Payload::Json(value) => (json, Body::from(value.to_string())),
            Payload::Raw(bytes) => (json, Body::from(bytes)),
            Payload::Truncated(text) => (json, broken_off(&text)),
            Payload::Error(text) | Payload::Html(text) => {
                (Some("text/html; charset=utf-8"), Body::from(text))
            }
            Payload::Empty => (None, Body::empty()),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let content_type = content_type.map(HeaderValue::from_static);
        response
            .headers_mut()
            .extend(content_type.map(|it| (CONTENT_TYPE, it)));
        response.headers_mut().extend(*self.headers);
        response
    }
}

impl Refusal {
    /// A request that breaks Procore's rules, which the answer says in the same words.
    pub(crate) fn violation(status: StatusCode, why: impl Into<String>) -> Self {
        let why = why.into();
        let answer = Answer::error(status, why.clone());
        Self::counted(why, answer)
    }

    /// The same with status 400.
    pub(crate) fn bad(why: impl Into<String>) -> Self {
        Self::violation(StatusCode::BAD_REQUEST, why)
    }

    pub(crate) fn counted(why: impl Into<String>, answer: Answer) -> Self {
        Self {
            violation: Some(why.into()),
            answer,
        }
    }
}

impl From<Answer> for Refusal {
    fn from(answer: Answer) -> Self {
        Self {
            violation: None,
            answer,
        }
    }
}

impl From<NotFound> for Refusal {
    fn from(_: NotFound) -> Self {
        Answer::error(StatusCode::NOT_FOUND, "Not Found").into()
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
