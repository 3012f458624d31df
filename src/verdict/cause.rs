//! From an answer that is no success to the reason: the one place that maps them.

use chrono::{DateTime, Utc};

use super::{Answer, ReasonCode};
use crate::catalog::Tool;

/// Why something could not be had, and until when if Procore named a time.
///
/// Whether it passes by itself follows from the reason ([`ReasonCode::is_wait`]).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cause {
    /// The reason.
    pub code: ReasonCode,
    /// When to ask again.
    pub until: Option<DateTime<Utc>>,
}

impl Cause {
    /// Whether waiting is all there is to do.
    pub(crate) fn is_wait(self) -> bool {
        self.code.is_wait()
    }
}

impl From<ReasonCode> for Cause {
    fn from(code: ReasonCode) -> Self {
        Self { code, until: None }
    }
}

/// What a refusal (403, 404) is a sign of; only the one who asked knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// 403: a level too low, or a tool that is off.
    pub forbidden: ReasonCode,
    /// 404: not there, or hidden.
    pub hidden: ReasonCode,
}

impl Refusal {
    /// Where webhooks are asked for.
    pub(crate) const WEBHOOKS: Self = Self {
        forbidden: ReasonCode::WebhookLevel,
        hidden: ReasonCode::Hidden,
    };

    /// Where a company is asked for that let us in before.
    pub(crate) const COMPANY: Self = Self {
        forbidden: ReasonCode::NotInstalled,
        hidden: ReasonCode::NotInstalled,
    };

    /// Where a list is asked for that this tool protects.
    pub(crate) const fn of(tool: Tool) -> Self {
        Self {
            forbidden: ReasonCode::Level(tool),
            hidden: ReasonCode::Hidden,
        }
    }

    /// The reason where exactly this was refused, so that other requests may go on.
    pub(crate) fn reason(self, answer: &Answer) -> Option<ReasonCode> {
        match answer {
            Answer::Forbidden => Some(self.forbidden),
            Answer::NotFound => Some(self.hidden),
            Answer::Accepted(_)
            | Answer::EmptyList
            | Answer::Reduced
            | Answer::BadCredentials
            | Answer::Unauthorized
            | Answer::NotConnected
            | Answer::RateLimited { .. }
            | Answer::Busy { .. }
            | Answer::Unreachable { .. }
            | Answer::Unexpected => None,
        }
    }

    /// The cause of any answer that is no success.
    pub(crate) fn cause(self, answer: &Answer) -> Option<Cause> {
        match answer {
            // Procore refuses a fresh token where the app is not installed, too.
            Answer::Unauthorized => Some(ReasonCode::NotInstalled.into()),
            _ => general(answer).or_else(|| self.reason(answer).map(Cause::from)),
        }
    }
}

/// The cause of an answer that means the same to every question behind the token. `None` for a
/// success, and for a refusal that only the one who asked can interpret.
pub(crate) fn general(answer: &Answer) -> Option<Cause> {
    let until = |code, until| Some(Cause { code, until });
    match answer {
        Answer::RateLimited { until: at } => until(ReasonCode::Rate, Some(*at)),
        Answer::Busy { until: at } => until(ReasonCode::Busy, Some(*at)),
        Answer::Unreachable { until: at } => until(ReasonCode::Unreachable, *at),
        Answer::BadCredentials => Some(ReasonCode::Credentials.into()),
        Answer::NotConnected => Some(ReasonCode::NotInstalled.into()),
        Answer::Unexpected => Some(ReasonCode::Unexpected.into()),
        Answer::Accepted(_)
        | Answer::EmptyList
        | Answer::Reduced
        | Answer::Unauthorized
        | Answer::Forbidden
        | Answer::NotFound => None,
    }
}
