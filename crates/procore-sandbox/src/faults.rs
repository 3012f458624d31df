//! Trouble that a person or a test asked for: slowness, outages, scripted answers.

use std::time::Duration;

use http::StatusCode;
use serde::Deserialize;

use crate::answer::{Answer, Payload};

#[derive(Default)]
pub struct Faults {
    pub down: Option<Down>,
    pub slow: Option<Slow>,
    pub scripted: Vec<Scripted>,
    /// Positions (from 1) in the next bulk of triggers that fail although they are right.
    pub failing_triggers: Vec<usize>,
}

/// How a whole outage looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Down {
    /// 502 with an HTML page, as an edge server answers.
    Html,
    /// The connection is closed without an answer.
    Drop,
}

pub struct Slow {
    pub delay: Duration,
    pub prefix: String,
}

/// The next answers to requests of a kind.
#[derive(Debug, Clone)]
pub struct Scripted {
    pub prefix: String,
    pub method: Option<String>,
    /// Requests that still go through before the first fails.
    pub skip: u32,
    pub times: u32,
    pub kind: Kind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    Status {
        status: StatusCode,
        body: Option<String>,
    },
    Html {
        status: StatusCode,
    },
    /// The right answer, of which only half arrives.
    Truncated,
    /// No answer, and nothing done.
    Reset,
    /// The request is carried out, but its answer never arrives.
    Lost,
    /// 429 or 503; the time to wait is in `Retry-After`, or else only in `X-Rate-Limit-Reset`.
    Wait {
        status: StatusCode,
        seconds: u32,
        retry_after: bool,
    },
}

impl Faults {
    pub fn delay(&self, path: &str) -> Option<Duration> {
        let slow = self.slow.as_ref()?;
        path.starts_with(&slow.prefix).then_some(slow.delay)
    }

    /// Takes the scripted fault for this request, if it is its turn.
    pub fn next(&mut self, method: &str, path: &str) -> Option<Kind> {
        let fits = |fault: &&mut Scripted| {
            path.starts_with(&fault.prefix)
                && fault
                    .method
                    .as_ref()
                    .is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
        };
        let fault = self.scripted.iter_mut().find(fits)?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        let kind = fault.kind.clone();
        self.scripted.retain(|fault| fault.times > 0);
        Some(kind)
    }
}

/// The answer of a scripted status: a given body as JSON where it is JSON, else as a web page.
pub fn status_answer(path: &str, status: StatusCode, body: Option<&str>) -> Answer {
    let Some(body) = body else {
        return Answer::error(path, status, status.canonical_reason().unwrap_or("Error"));
    };
    match serde_json::from_str(body) {
        Ok(json) => Answer::json(status, json),
        Err(_) => Answer {
            status,
            headers: Vec::new(),
            body: Payload::Html(body.to_owned()),
        },
    }
}
