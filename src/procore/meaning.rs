//! Maps replies other than success to errors.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::Deserialize;

use super::error::Error;
use super::repair::parse;
use super::transport::Reply;

/// Procore's shorter window: the wait after a 429 that names no time.
const SPIKE_WINDOW: TimeDelta = TimeDelta::seconds(10);

/// What a call was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CallKind {
    /// Fetching or revoking a token at the login host.
    Token,
    Read,
    Write,
}

/// The error a reply means; `secrets` are removed from its stored text.
pub(super) fn meaning(
    reply: &Reply,
    kind: CallKind,
    now: DateTime<Utc>,
    secrets: &[&SecretString],
) -> Error {
    let answer = reply.explained(secrets);
    match (reply.status.as_u16(), kind) {
        (429, _) => {
            let until = reply
                .retry_after(now)
                .or_else(|| reply.rate_reset(now))
                .unwrap_or(now + SPIKE_WINDOW);
            Error::RateLimited { until, answer }
        }
        (503, _) if let Some(until) = reply.retry_after(now) => Error::Busy { until, answer },
        (408 | 500..=599, _) => Error::Unavailable {
            answer,
            source: None,
        },
        // Procore's API returns JSON; HTML comes from a proxy in between.
        _ if reply.is_html() => Error::Unexpected(answer),
        (400 | 401 | 403, CallKind::Token) if refuses_the_client(reply) => {
            Error::BadCredentials(answer)
        }
        (_, CallKind::Token) => Error::Unexpected(answer),
        (401, _) => Error::TokenRejected(answer),
        (403, _) if says_not_connected(&reply.body) => Error::NotConnected(answer),
        (403, _) => Error::NotPermitted(answer),
        (404 | 410, _) => Error::NotVisible(answer),
        (409, CallKind::Write) => Error::Conflict(answer),
        (400 | 413 | 422, CallKind::Write) => Error::Validation(answer),
        (_, CallKind::Read | CallKind::Write) => Error::Unexpected(answer),
    }
}

/// Whether a body says that the app is not installed in the company.
fn says_not_connected(body: &[u8]) -> bool {
    String::from_utf8_lossy(body)
        .to_lowercase()
        .contains("app is not connected")
}

/// Whether a reply is OAuth's error for an unknown or refused client (RFC 6749, 5.2). Only such a
/// body, or a 401 without one, means that the secret is wrong.
fn refuses_the_client(reply: &Reply) -> bool {
    #[derive(Deserialize)]
    struct Refusal {
        error: String,
    }
    match parse::<Refusal>(&reply.body) {
        Ok(refusal) => matches!(
            refusal.error.as_str(),
            "invalid_client" | "unauthorized_client" | "invalid_grant"
        ),
        Err(_) => reply.status.as_u16() == 401,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

    use super::*;

    const NOW: DateTime<Utc> = DateTime::UNIX_EPOCH;
    const JSON: &str = "application/json; charset=utf-8";
    const HTML: &str = "text/html";

    fn reply(status: u16, content_type: &'static str, body: &str) -> Reply {
        let content_type = HeaderValue::from_static(content_type);
        Reply {
            action: "test",
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(reqwest::header::CONTENT_TYPE, content_type)]),
            body: body.as_bytes().to_vec(),
            rows: None,
        }
    }

    fn with(mut reply: Reply, headers: &[(&'static str, &'static str)]) -> Reply {
        let pair = |(name, value)| {
            (
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            )
        };
        reply
            .headers
            .extend(headers.iter().copied().map(pair).map(|(n, v)| (Some(n), v)));
        reply
    }

    fn name(error: &Error) -> &'static str {
        match error {
            Error::BadCredentials(_) => "BadCredentials",
            Error::TokenRejected(_) => "TokenRejected",
            Error::NotConnected(_) => "NotConnected",
            Error::NotPermitted(_) => "NotPermitted",
            Error::NotVisible(_) => "NotVisible",
            Error::RateLimited { .. } => "RateLimited",
            Error::Busy { .. } => "Busy",
            Error::Unavailable { .. } => "Unavailable",
            Error::Conflict(_) => "Conflict",
            Error::Validation(_) => "Validation",
            Error::Unexpected(_) => "Unexpected",
            Error::Ours { .. } => "Ours",
        }
    }

    #[test]
    fn the_api_hosts_answers_have_these_meanings() {
        let not_connected = r#"{"errors":["App is not connected to this company."]}"#;
        let table = [
            (301, HTML, "", "Unexpected", "Unexpected"),
            (400, JSON, r#"{"message":"no"}"#, "Unexpected", "Validation"),
            (
                401,
                JSON,
                r#"{"error":"invalid_token"}"#,
                "TokenRejected",
                "TokenRejected",
            ),
            (403, JSON, not_connected, "NotConnected", "NotConnected"),
            (
                403,
                JSON,
                r#"{"errors":"Forbidden"}"#,
                "NotPermitted",
                "NotPermitted",
            ),
            (403, HTML, "<h1>Blocked</h1>", "Unexpected", "Unexpected"),
            (404, JSON, "", "NotVisible", "NotVisible"),
            (404, HTML, "<h1>Not found</h1>", "Unexpected", "Unexpected"),
            (410, JSON, "", "NotVisible", "NotVisible"),
            (406, JSON, "", "Unexpected", "Unexpected"),
            (408, JSON, "", "Unavailable", "Unavailable"),
            (409, JSON, "", "Unexpected", "Conflict"),
            (413, JSON, "", "Unexpected", "Validation"),
            (418, JSON, "", "Unexpected", "Unexpected"),
            (422, JSON, "", "Unexpected", "Validation"),
            (429, JSON, "", "RateLimited", "RateLimited"),
            (500, HTML, "<h1>Oh</h1>", "Unavailable", "Unavailable"),
            (
                502,
                HTML,
                "<h1>Bad gateway</h1>",
                "Unavailable",
                "Unavailable",
            ),
            (503, JSON, "", "Unavailable", "Unavailable"),
        ];
        for (status, content_type, body, read, write) in table {
            let reply = reply(status, content_type, body);
            assert_eq!(
                name(&meaning(&reply, CallKind::Read, NOW, &[])),
                read,
                "reading {status}"
            );
            assert_eq!(
                name(&meaning(&reply, CallKind::Write, NOW, &[])),
                write,
                "writing {status}"
            );
        }
    }

    #[test]
    fn only_an_oauth_refusal_blames_the_credentials() {
        let table = [
            (
                401,
                JSON,
                r#"{"error":"invalid_client","error_description":"x"}"#,
                "BadCredentials",
            ),
            (
                400,
                JSON,
                r#"{"error":"unauthorized_client"}"#,
                "BadCredentials",
            ),
            (400, JSON, r#"{"error":"invalid_grant"}"#, "BadCredentials"),
            (401, JSON, "", "BadCredentials"),
            (400, JSON, r#"{"error":"invalid_request"}"#, "Unexpected"),
            (
                400,
                JSON,
                r#"{"error":"unsupported_grant_type"}"#,
                "Unexpected",
            ),
            (
                401,
                HTML,
                "<h1>Sign in to the guest network</h1>",
                "Unexpected",
            ),
            (403, HTML, "<h1>Blocked</h1>", "Unexpected"),
            (404, JSON, "", "Unexpected"),
            (302, HTML, "", "Unexpected"),
            (500, HTML, "<h1>Oh</h1>", "Unavailable"),
            (429, JSON, "", "RateLimited"),
        ];
        for (status, content_type, body, meant) in table {
            let reply = reply(status, content_type, body);
            assert_eq!(
                name(&meaning(&reply, CallKind::Token, NOW, &[])),
                meant,
                "{status} {body}"
            );
        }
    }

    #[test]
    fn the_time_to_come_back_is_taken_from_the_best_header_and_is_never_far() {
        let until = |status, headers: &[_]| {
            let reply = with(reply(status, JSON, ""), headers);
            let until = meaning(&reply, CallKind::Read, NOW, &[])
                .until()
                .expect("a time");
            (until - NOW).num_seconds()
        };
        let date = ("date", "Sun, 09 Sep 2001 01:46:40 GMT");
        assert_eq!(until(429, &[]), 10);
        assert_eq!(until(429, &[("x-ratelimit-reset", "9")]), 10);
        assert_eq!(until(429, &[("x-rate-limit-reset", "1000000007"), date]), 7);
        assert_eq!(
            until(
                429,
                &[
                    ("x-rate-limit-reset", "1000000007"),
                    ("retry-after", "3"),
                    date
                ]
            ),
            3
        );
        assert_eq!(until(429, &[("retry-after", "0")]), 1);
        assert_eq!(
            until(
                503,
                &[("retry-after", "Sun, 09 Sep 2001 01:47:10 GMT"), date]
            ),
            30
        );
        assert_eq!(until(503, &[("retry-after", "120")]), 120);
        let millis = ("x-rate-limit-reset", "1795867200000");
        assert_eq!(until(429, &[millis]), 3600);
        assert_eq!(until(503, &[("retry-after", "86400")]), 3600);
    }

    proptest! {
        #[test]
        fn any_answer_has_a_meaning_and_keeps_no_secret(
            status in 300u16..=599,
            html in any::<bool>(),
            before in ".{0,40}",
            wait in proptest::option::of("[0-9]{1,12}|.{0,20}"),
        ) {
            let secret = SecretString::from("s3cr3t-value");
            let body = format!("{before}s3cr3t-value");
            let mut reply = reply(status, if html { HTML } else { JSON }, &body);
            if let Some(value) = wait.and_then(|wait| HeaderValue::from_str(&wait).ok()) {
                reply.headers.insert("retry-after", value);
            }
            for kind in [CallKind::Token, CallKind::Read, CallKind::Write] {
                let error = meaning(&reply, kind, NOW, &[&secret]);
                prop_assert!(!error.to_string().contains("s3cr3t-value"));
            }
        }
    }
}
