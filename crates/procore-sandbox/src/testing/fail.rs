//! Answers that go wrong.

use serde::Serialize;
use serde_json::Value;

/// The next answers to requests of a kind.
#[derive(Debug, Clone, Serialize)]
pub struct Fail {
    kind: &'static str,
    prefix: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    method: Option<&'static str>,
    skip: u32,
    times: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<bool>,
}

impl Fail {
    fn of(kind: &'static str) -> Self {
        Self {
            kind,
            prefix: String::new(),
            method: None,
            skip: 0,
            times: 1,
            status: None,
            body: None,
            seconds: None,
            retry_after: None,
        }
    }

    /// A status; with `body`, that text or JSON instead of Procore's usual error.
    pub fn status(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::of("status")
        }
    }

    /// An HTML page with this status.
    pub fn html(status: u16) -> Self {
        Self {
            status: Some(status),
            ..Self::of("html")
        }
    }

    /// The right answer, of which half arrives.
    pub fn truncated() -> Self {
        Self::of("truncated")
    }

    /// No answer: the connection breaks.
    pub fn reset() -> Self {
        Self::of("reset")
    }

    /// The request is carried out, but its answer never arrives.
    pub fn lost() -> Self {
        Self::of("lost")
    }

    /// 429 with `X-Rate-Limit-Reset` only.
    pub fn throttle(seconds: u32) -> Self {
        Self {
            seconds: Some(seconds),
            ..Self::of("throttle")
        }
    }

    /// 503 with `Retry-After`.
    pub fn busy(seconds: u32) -> Self {
        Self {
            seconds: Some(seconds),
            ..Self::of("busy")
        }
    }

    /// Only paths that begin so.
    pub fn on(mut self, prefix: &str) -> Self {
        self.prefix = prefix.to_owned();
        self
    }

    pub fn method(mut self, method: &'static str) -> Self {
        self.method = Some(method);
        self
    }

    pub fn times(mut self, times: u32) -> Self {
        self.times = times;
        self
    }

    /// Lets this many requests through before the first fails.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    pub fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    pub fn retry_after(mut self, on: bool) -> Self {
        self.retry_after = Some(on);
        self
    }
}
