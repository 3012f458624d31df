//! What can go wrong with a call, named by what it means to the caller.

use chrono::{DateTime, Utc};

use super::answer::Answer;
use super::http_clients::BuildError;
use super::ports::PortError;
use crate::verdict;

/// Why a call failed.
///
/// Procore's 403, 404 and empty lists overlap (a record out of reach is a 404, a reduced list a
/// 200), so these say what Procore answered; the caller that knows the question interprets it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The login host refused the client id and secret, or belongs to another environment.
    #[error("Procore did not accept the client id and secret: {0}")]
    BadCredentials(Answer),
    /// A fresh token was refused too, so renewing it again would not help.
    #[error("Procore refused a fresh access token: {0}")]
    TokenRejected(Answer),
    /// The app is not installed in this company, or was disconnected from it.
    #[error("the app is not connected to this company: {0}")]
    NotConnected(Answer),
    /// Any other 403: a level too low, or a tool that is switched off.
    #[error("Procore does not permit this: {0}")]
    NotPermitted(Answer),
    /// A 404 or 410: absent, or hidden from us.
    #[error("Procore hides this, or it is not there: {0}")]
    NotVisible(Answer),
    /// Asked too often, or about to. The answer has no status when we held the call back.
    #[error("Procore asks us to wait until {until}: {answer}")]
    RateLimited {
        until: DateTime<Utc>,
        answer: Answer,
    },
    /// Procore is under load and named the time to come back (503 with `Retry-After`).
    #[error("Procore is busy until {until}: {answer}")]
    Busy {
        until: DateTime<Utc>,
        answer: Answer,
    },
    /// No usable answer: name not found, no connection, too slow, or a server error.
    #[error("Procore is not answering: {answer}")]
    Unavailable {
        answer: Answer,
        #[source]
        source: Option<reqwest::Error>,
    },
    /// A write conflicts with something that exists or changed meanwhile (409).
    #[error("Procore reports a conflict: {0}")]
    Conflict(Answer),
    /// A write that Procore did not accept as it was (400, 413, 422).
    #[error("Procore did not accept what was sent: {0}")]
    Validation(Answer),
    /// An undocumented answer: unknown status, HTML instead of JSON, unreadable JSON.
    #[error("Procore gave an answer that we do not know: {0}")]
    Unexpected(Answer),
    /// Our own side failed, before Procore was asked or after it answered.
    #[error("our own side failed during {action}")]
    Ours {
        action: &'static str,
        #[source]
        source: PortError,
    },
}

impl Error {
    /// The answer as `verdict` understands it; `None` if our own side failed.
    pub fn meaning(&self) -> Option<verdict::Answer> {
        Some(match self {
            Self::BadCredentials(_) => verdict::Answer::BadCredentials,
            Self::TokenRejected(_) => verdict::Answer::Unauthorized,
            Self::NotConnected(_) => verdict::Answer::NotConnected,
            Self::NotPermitted(_) => verdict::Answer::Forbidden,
            Self::NotVisible(_) => verdict::Answer::NotFound,
            Self::RateLimited { until, .. } => verdict::Answer::RateLimited { until: *until },
            Self::Busy { until, .. } => verdict::Answer::Busy { until: *until },
            Self::Unavailable { .. } => verdict::Answer::Unreachable { until: None },
            Self::Conflict(_) | Self::Validation(_) | Self::Unexpected(_) => {
                verdict::Answer::Unexpected
            }
            Self::Ours { .. } => return None,
        })
    }

    /// The answer, or the attempt at one; `None` if our own side failed.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::BadCredentials(answer)
            | Self::TokenRejected(answer)
            | Self::NotConnected(answer)
            | Self::NotPermitted(answer)
            | Self::NotVisible(answer)
            | Self::RateLimited { answer, .. }
            | Self::Busy { answer, .. }
            | Self::Unavailable { answer, .. }
            | Self::Conflict(answer)
            | Self::Validation(answer)
            | Self::Unexpected(answer) => Some(answer),
            Self::Ours { .. } => None,
        }
    }

    /// What Procore said, if it refused.
    pub fn said(&self) -> Option<verdict::Said> {
        self.answer()?.said()
    }

    /// Whether a page with fewer rows may come where this one did not: Procore took too long over it,
    /// or not all of it arrived.
    pub(crate) fn may_be_too_large(&self) -> bool {
        match self {
            Self::Unavailable { answer, source } => match answer.status {
                Some(status) => [408, 504].contains(&status),
                None => {
                    let broke_off = source.as_ref().is_some_and(|error| !error.is_connect());
                    broke_off || answer.is_unfinished()
                }
            },
            Self::Unexpected(answer) => answer.is_unfinished(),
            Self::BadCredentials(_)
            | Self::TokenRejected(_)
            | Self::NotConnected(_)
            | Self::NotPermitted(_)
            | Self::NotVisible(_)
            | Self::RateLimited { .. }
            | Self::Busy { .. }
            | Self::Conflict(_)
            | Self::Validation(_)
            | Self::Ours { .. } => false,
        }
    }

    /// When to ask again, if Procore (or our own budget) named a time.
    pub fn until(&self) -> Option<DateTime<Utc>> {
        match self {
            Self::RateLimited { until, .. } | Self::Busy { until, .. } => Some(*until),
            Self::BadCredentials(_)
            | Self::TokenRejected(_)
            | Self::NotConnected(_)
            | Self::NotPermitted(_)
            | Self::NotVisible(_)
            | Self::Unavailable { .. }
            | Self::Conflict(_)
            | Self::Validation(_)
            | Self::Unexpected(_)
            | Self::Ours { .. } => None,
        }
    }
}

/// Our own side failed.
pub(super) fn our_failure(action: &'static str) -> impl Fn(PortError) -> Error {
    move |source| Error::Ours { action, source }
}

/// The HTTP client could not be built.
pub(super) fn client_not_built(action: &'static str) -> impl Fn(BuildError) -> Error {
    move |error| Error::Ours {
        action,
        source: PortError::new(error),
    }
}

/// The request could not be built.
pub(super) fn invalid_request(action: &'static str, source: reqwest::Error) -> Error {
    Error::Ours {
        action,
        source: PortError::new(source.without_url()),
    }
}
