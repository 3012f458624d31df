//! Trouble that a person or a test asked for: slowness, outages, scripted answers.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::change::{BodyChange, Change};
use crate::request::Request;

#[derive(Default)]
pub(crate) struct Faults {
    pub down: Option<Down>,
    pub slow: Option<Slow>,
    pub scripted: Vec<Fail>,
    pub triggers: Option<Repeated<FailTriggers>>,
    pub deliveries: Option<Repeated<ChangeDeliveries>>,
    /// Requests that are carried out later than their callers wait.
    pub late: Vec<(DateTime<Utc>, Request)>,
    /// Whether one of them is being carried out: it was checked long ago.
    pub is_late: bool,
}

/// How a whole outage looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Down {
    /// 502 with an HTML page, as an edge server answers.
    Html,
    /// The connection is closed without an answer.
    Drop,
}

/// The requests that a trouble is about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RequestFilter {
    /// Paths that begin so; every path when left out.
    pub prefix: String,
    /// Paths that end so.
    pub suffix: String,
    pub method: Option<String>,
    /// Lists that are asked for more rows at a time.
    pub per_page_over: Option<usize>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Slow {
    pub ms: u64,
    #[serde(flatten)]
    requests: RequestFilter,
}

/// What goes wrong with the next answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Fail {
    #[serde(flatten)]
    pub kind: Kind,
    #[serde(flatten)]
    pub requests: RequestFilter,
    /// Requests that still go through before the first fails.
    #[serde(default)]
    pub skip: u32,
    #[serde(default = "once")]
    pub times: u32,
    /// A command that is carried out after each of these answers.
    pub then: Option<Then>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Then {
    pub command: String,
    #[serde(default)]
    pub fields: Value,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// A status; with a body, that text or JSON instead of Procore's usual error.
    Status {
        #[serde(default = "internal_error")]
        status: u16,
        body: Option<Value>,
    },
    /// A web page.
    Html {
        #[serde(default = "internal_error")]
        status: u16,
    },
    /// The right answer, of which only half arrives.
    Truncated,
    /// No answer, and nothing done.
    Reset,
    /// The request is carried out, but its answer never arrives.
    Lost,
    /// No answer; the request is carried out after some seconds of simulated time.
    Late { seconds: u32 },
    /// 429; the time to wait is only in `X-Rate-Limit-Reset`.
    Throttle(Wait),
    /// 503 with `Retry-After`.
    Busy(Wait),
    /// The right answer with changes.
    Change(Box<Change>),
}

/// A wait that is ordered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Wait {
    /// How long; 10 when left out.
    pub seconds: Option<u32>,
    /// The seconds that the caller is told, where they are others.
    pub told: Option<i64>,
    /// How `X-Rate-Limit-Reset` is written.
    pub reset: Reset,
    pub status: Option<u16>,
    /// Whether `Retry-After` says it as well.
    pub retry_after: Option<bool>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reset {
    /// Unix time, as Procore writes it.
    #[default]
    Seconds,
    Milliseconds,
    /// Seconds that are left.
    Left,
    HttpDate,
}

/// What happens several times, once unless it is said.
#[derive(Debug, Deserialize)]
pub(crate) struct Repeated<T> {
    #[serde(default = "once")]
    times: u32,
    #[serde(flatten)]
    what: T,
}

/// Triggers that the next bulks refuse with 207 although they are right.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct FailTriggers {
    /// Positions in a bulk, from 1.
    positions: Vec<usize>,
    /// Pairs of resource and event.
    triggers: Vec<(String, String)>,
}

/// What goes wrong with the next deliveries.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ChangeDeliveries {
    #[serde(flatten)]
    pub body: BodyChange,
    /// All events that wait for the hook in one body, as a list.
    pub together: bool,
}

fn once() -> u32 {
    1
}

fn internal_error() -> u16 {
    500
}

impl RequestFilter {
    fn fit(&self, request: &Request) -> bool {
        let size = request.query("per_page").and_then(|text| text.parse().ok());
        request.path.starts_with(&self.prefix)
            && request.path.ends_with(&self.suffix)
            && self
                .method
                .as_ref()
                .is_none_or(|wanted| wanted.eq_ignore_ascii_case(request.method.as_str()))
            && self.per_page_over.is_none_or(|most| size > Some(most))
    }
}

impl Faults {
    pub(crate) fn delay(&self, request: &Request) -> Option<Duration> {
        let slow = self.slow.as_ref().filter(|slow| slow.requests.fit(request));
        slow.map(|slow| Duration::from_millis(slow.ms))
    }

    /// Takes the scripted fault for this request, if it is its turn.
    pub(crate) fn next(&mut self, request: &Request) -> Option<Fail> {
        let mut scripted = self.scripted.iter_mut();
        let fault = scripted.find(|fault| fault.requests.fit(request))?;
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times -= 1;
        let fault = fault.clone();
        self.scripted.retain(|fault| fault.times > 0);
        Some(fault)
    }
}

impl<T: Clone> Repeated<T> {
    /// Takes what happens this time.
    pub(crate) fn take(left: &mut Option<Self>) -> Option<T> {
        let Self { times, what } = left.take()?;
        *left = (times > 1).then(|| Self {
            times: times - 1,
            what: what.clone(),
        });
        Some(what)
    }
}

impl FailTriggers {
    pub(crate) fn refuse(&self, position: usize, resource: &str, event: &str) -> bool {
        let mut triggers = self.triggers.iter();
        self.positions.contains(&position)
            || triggers.any(|(name, action)| (name.as_str(), action.as_str()) == (resource, event))
    }
}
