//! Answers that go wrong.

use serde_json::Value;

use crate::faults::{Kind, RequestFilter, Then, Wait};

pub use crate::change::{BodyChange, Change};
pub use crate::faults::{Fail, Reset};

impl Fail {
    fn of(kind: Kind) -> Self {
        Self {
            kind,
            requests: RequestFilter::default(),
            skip: 0,
            times: 1,
            then: None,
        }
    }

    /// A status; with `body`, that text or JSON instead of Procore's usual error.
    pub fn status(status: u16) -> Self {
        Self::of(Kind::Status { status, body: None })
    }

    /// An HTML page with this status.
    pub fn html(status: u16) -> Self {
        Self::of(Kind::Html { status })
    }

    /// The right answer, of which half arrives.
    pub fn truncated() -> Self {
        Self::of(Kind::Truncated)
    }

    /// No answer: the connection breaks.
    pub fn reset() -> Self {
        Self::of(Kind::Reset)
    }

    /// The request is carried out, but its answer never arrives.
    pub fn lost() -> Self {
        Self::of(Kind::Lost)
    }

    /// No answer; the request is carried out after some seconds of simulated time.
    pub fn late(seconds: u32) -> Self {
        Self::of(Kind::Late { seconds })
    }

    /// 429 with `X-Rate-Limit-Reset` only.
    pub fn throttle(seconds: u32) -> Self {
        Self::of(Kind::Throttle(Wait::of(seconds)))
    }

    /// 503 with `Retry-After`.
    pub fn busy(seconds: u32) -> Self {
        Self::of(Kind::Busy(Wait::of(seconds)))
    }

    /// The right answer with changes.
    pub fn change(change: Change) -> Self {
        Self::of(Kind::Change(Box::new(change)))
    }

    /// The right answer, after which a command of the control API is carried out.
    pub fn then(command: &str, fields: Value) -> Self {
        let then = Then {
            command: command.to_owned(),
            fields,
        };
        Self {
            then: Some(then),
            ..Self::change(Change::default())
        }
    }

    /// Only paths that begin so.
    pub fn on(mut self, prefix: &str) -> Self {
        self.requests.prefix = prefix.to_owned();
        self
    }

    /// Only paths that end so.
    pub fn ending(mut self, suffix: &str) -> Self {
        self.requests.suffix = suffix.to_owned();
        self
    }

    pub fn method(mut self, method: &str) -> Self {
        self.requests.method = Some(method.to_owned());
        self
    }

    /// Only lists that are asked for more rows at a time.
    pub fn per_page_over(mut self, rows: usize) -> Self {
        self.requests.per_page_over = Some(rows);
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

    /// The body of a `status`.
    pub fn body(mut self, instead: Value) -> Self {
        if let Kind::Status { body, .. } = &mut self.kind {
            *body = Some(instead);
        }
        self
    }

    /// How the reset of a `throttle` is written, and the seconds that it tells.
    pub fn reset_as(mut self, form: Reset, told: i64) -> Self {
        if let Kind::Throttle(wait) = &mut self.kind {
            (wait.reset, wait.told) = (form, Some(told));
        }
        self
    }
}

impl Wait {
    fn of(seconds: u32) -> Self {
        Self {
            seconds: Some(seconds),
            ..Self::default()
        }
    }
}
