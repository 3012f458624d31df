//! One HTTP exchange: sent, answered within a deadline, read up to a size limit.

use std::io::ErrorKind;

use chrono::{DateTime, Utc};
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use tokio::time::{Instant, timeout_at};
use tracing::debug;

use super::answer::{Answer, CUT_SHORT};
use super::client::Inner;
use super::error::{Error, client_not_built};
use super::named_time;
use super::rates::RateHeaders;
use super::repair::parse;
use super::rows::{ReadRows, Rows, RowsError};

const RATE_RESET: &str = "x-rate-limit-reset";

/// The most that is read of an error body.
const LARGEST_EXPLANATION: usize = 64 * 1024;

/// A reply with any status.
pub(super) struct Reply {
    pub(super) action: &'static str,
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
    /// The rows in place of the body, if rows were requested and the reply is a JSON success.
    pub(super) rows: Option<Rows>,
}

/// How the body of a success is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyFormat {
    /// As a whole.
    Text,
    /// Split into rows while it arrives.
    Rows,
}

/// A body that could not be parsed.
pub(super) struct UnreadableBody {
    pub(super) error: Error,
    /// The JSON ends early: the connection broke without an error.
    pub(super) cut_short: bool,
}

impl From<UnreadableBody> for Error {
    fn from(unread: UnreadableBody) -> Self {
        unread.error
    }
}

impl Inner {
    /// Sends a request. Any complete reply is `Ok`; errors are no connection, a timeout, a broken
    /// connection, or a body that is too large.
    pub(super) async fn exchange(
        &self,
        action: &'static str,
        request: reqwest::Request,
        format: BodyFormat,
        deadline: Instant,
    ) -> Result<Reply, Error> {
        match timeout_at(deadline, self.answer(action, request, format)).await {
            Ok(answer) => answer,
            Err(_) => Err(Error::Unavailable {
                answer: Answer::timed_out(action),
                source: None,
            }),
        }
    }

    async fn answer(
        &self,
        action: &'static str,
        request: reqwest::Request,
        format: BodyFormat,
    ) -> Result<Reply, Error> {
        let http = self.http.client_for(request.url()).await;
        let mut response = http
            .map_err(client_not_built(action))?
            .execute(request)
            .await
            .map_err(|error| broken(action, error))?;
        let status = response.status();
        let headers = std::mem::take(response.headers_mut());
        let mut reply = Reply {
            action,
            status,
            headers,
            body: Vec::new(),
            rows: None,
        };
        if format == BodyFormat::Rows && status.is_success() && reply.is_json() {
            reply.rows = Some(Rows::default());
        }
        let limit = if status.is_success() {
            self.policy.largest_body
        } else {
            LARGEST_EXPLANATION
        };
        let mut length = 0;
        while let Some(chunk) = response
            .chunk()
            .await
            .map_err(|error| broken(action, error))?
        {
            length += chunk.len();
            if length > limit && !status.is_success() {
                break;
            }
            if length > limit {
                return Err(Error::Unexpected(Answer::too_large(action)));
            }
            match &mut reply.rows {
                Some(rows) => rows.feed(&chunk),
                None => reply.body.extend_from_slice(&chunk),
            }
        }
        debug!(
            procore.action = action,
            procore.status = status.as_u16(),
            procore.request_id = reply.request_id(),
            "Procore answered {status} to {action}"
        );
        Ok(reply)
    }
}

impl Reply {
    /// The value in a JSON body. HTML, or JSON of another shape, is [`Error::Unexpected`].
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        secrets: &[&SecretString],
    ) -> Result<T, UnreadableBody> {
        self.must_be_json(secrets)?;
        parse(&self.body).map_err(|error| UnreadableBody {
            cut_short: error.is_eof() && !self.body.is_empty(),
            error: self.unreadable(&error),
        })
    }

    /// The requested rows; anything but a list is [`Error::Unexpected`].
    pub(super) fn take_rows(
        &mut self,
        secrets: &[&SecretString],
    ) -> Result<ReadRows, UnreadableBody> {
        self.must_be_json(secrets)?;
        self.rows
            .take()
            .unwrap_or_default()
            .finish()
            .map_err(|no_rows| match no_rows {
                RowsError::Malformed(byte) => UnreadableBody {
                    error: self.unexpected(format!("no list: cannot be read at byte {byte}")),
                    cut_short: false,
                },
                RowsError::CutShort => UnreadableBody {
                    error: self.unexpected(CUT_SHORT.to_owned()),
                    cut_short: true,
                },
            })
    }

    /// Whether this can be Procore's word that a change is made: its body claims to be JSON or is
    /// empty. A page comes from somebody in between.
    pub(super) fn confirm_change(&self, secrets: &[&SecretString]) -> Result<(), Error> {
        match self.body.is_empty() || self.is_json() {
            true => Ok(()),
            false => Err(Error::Unexpected(self.explained(secrets))),
        }
    }

    /// Refuses a body that does not even claim to be JSON.
    fn must_be_json(&self, secrets: &[&SecretString]) -> Result<(), UnreadableBody> {
        if self.is_json() {
            return Ok(());
        }
        let error = Error::Unexpected(self.explained(secrets));
        Err(UnreadableBody {
            error,
            cut_short: false,
        })
    }

    /// The error for JSON that cannot be read. Says where, never what: records are personal.
    pub(super) fn unreadable(&self, error: &serde_json::Error) -> Error {
        let (line, column) = (error.line(), error.column());
        self.unexpected(format!(
            "JSON that we cannot read at line {line}, column {column}"
        ))
    }

    fn unexpected(&self, text: String) -> Error {
        Error::Unexpected(Answer {
            action: self.action,
            status: Some(self.status.as_u16()),
            text,
            request_id: self.request_id().map(str::to_owned),
            is_page: false,
        })
    }

    /// The reply as it may be stored.
    pub(super) fn explained(&self, secrets: &[&SecretString]) -> Answer {
        let request_id = self.request_id().map(str::to_owned);
        Answer::read(
            self.action,
            self.status.as_u16(),
            request_id,
            &self.body,
            secrets,
        )
    }

    /// A header as text, if present and valid.
    pub(super) fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok().map(str::trim)
    }

    /// Every line of a header.
    pub(super) fn headers(&self, name: reqwest::header::HeaderName) -> impl Iterator<Item = &str> {
        let lines = self.headers.get_all(name).into_iter();
        lines.filter_map(|line| line.to_str().ok())
    }

    /// A header as an integer.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.header(name)?.parse().ok()
    }

    /// Whether the body claims to be JSON.
    pub(super) fn is_json(&self) -> bool {
        self.content_type().contains("json")
    }

    pub(super) fn is_html(&self) -> bool {
        self.content_type().contains("html")
    }

    /// When Procore asks us to come back by `Retry-After`, by our clock.
    pub(super) fn retry_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.named_by(RETRY_AFTER.as_str(), now)
    }

    /// The same by the reset of its rate window.
    pub(super) fn rate_reset(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.named_by(RATE_RESET, now)
    }

    fn named_by(&self, header: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let there = self.date().unwrap_or(now);
        Some(now + named_time::wait(self.header(header)?, there)?)
    }

    /// The reply's rate headers. Which window they are about follows from how far its reset is from
    /// `Date`; without that, or with a reset that no window has, they are about none.
    pub(super) fn rates(&self) -> RateHeaders {
        let count = |name| self.number(name).and_then(|n| u32::try_from(n).ok());
        let server_date = self.date();
        let reset = server_date.zip(self.header(RATE_RESET));
        RateHeaders {
            limit: count("x-rate-limit-limit"),
            remaining: count("x-rate-limit-remaining"),
            reset: reset.and_then(|(there, text)| {
                Some(there + named_time::wait_within_an_hour(text, there)?)
            }),
            server_date,
            status: Some(self.status.as_u16()),
        }
    }

    fn request_id(&self) -> Option<&str> {
        self.header("x-request-id")
    }

    fn date(&self) -> Option<DateTime<Utc>> {
        named_time::date(self.header(DATE)?)
    }

    fn content_type(&self) -> String {
        self.header(CONTENT_TYPE)
            .unwrap_or_default()
            .to_ascii_lowercase()
    }
}

/// The error for a call without a complete reply. The URL carries no secret, but adds nothing either.
fn broken(action: &'static str, error: reqwest::Error) -> Error {
    let error = error.without_url();
    if error.is_decode() && is_garbled(&error) {
        return Error::Unexpected(Answer::none(
            action,
            "an answer that cannot be decompressed",
        ));
    }
    let answer = if error.is_connect() {
        Answer::none(action, "no connection")
    } else if error.is_timeout() {
        Answer::timed_out(action)
    } else {
        Answer::none(action, "the connection broke off")
    };
    Error::Unavailable {
        answer,
        source: Some(error),
    }
}

/// Whether a body arrived but cannot be decoded; one that ends early is a broken connection, which
/// reqwest reports with the same kind of error.
fn is_garbled(error: &reqwest::Error) -> bool {
    let causes = std::iter::successors(std::error::Error::source(error), |cause| cause.source());
    let mut broken = causes.filter_map(|cause| cause.downcast_ref::<std::io::Error>());
    broken.any(|cause| {
        matches!(
            cause.kind(),
            ErrorKind::InvalidData | ErrorKind::InvalidInput
        )
    })
}
