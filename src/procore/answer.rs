//! Procore's answer in a form that is safe to store and show: short, plain, without secrets.

use std::fmt;

use secrecy::SecretString;
use serde_json::Value;

use super::hidden::{HIDDEN, without_secrets};
use super::repair::readable;

use crate::verdict::Said;

/// The longest text stored of an answer, in characters.
const LONGEST: usize = 300;

/// What Procore answered to one action, safe to store, to log and to show to support.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// What was asked, in words: "list vendors".
    pub action: &'static str,
    /// The HTTP status; `None` when no answer came or the call was held back.
    pub status: Option<u16>,
    /// Procore's own words, at most 300 characters; may be empty.
    pub text: String,
    /// Procore's id of the request, which its support asks for.
    pub request_id: Option<String>,
    /// Whether the text is that of a web page.
    pub(super) is_page: bool,
}

const NO_ANSWER_IN_TIME: &str = "no answer in time";
const TOO_LARGE: &str = "the answer is larger than we read";
/// A list whose text ends before the list does.
pub(super) const CUT_SHORT: &str = "a list that does not end";

impl Answer {
    /// A call without an answer, and why in our words.
    pub fn none(action: &'static str, why: impl Into<String>) -> Self {
        Self {
            action,
            status: None,
            text: why.into(),
            request_id: None,
            is_page: false,
        }
    }

    /// A call that timed out waiting for an answer.
    pub(super) fn timed_out(action: &'static str) -> Self {
        Self::none(action, NO_ANSWER_IN_TIME)
    }

    /// An answer that we stopped reading.
    pub(super) fn too_large(action: &'static str) -> Self {
        Self::none(action, TOO_LARGE)
    }

    /// Whether only a part of an answer came, or none in time; not a connection that never came about.
    pub(super) fn is_unfinished(&self) -> bool {
        [NO_ANSWER_IN_TIME, TOO_LARGE, CUT_SHORT].contains(&self.text.as_str())
    }

    /// What Procore said, if it refused; nothing where the words are ours.
    pub(super) fn said(&self) -> Option<Said> {
        let status = self.status.filter(|status| *status >= 400)?;
        Some(Said {
            status,
            text: self.text.clone(),
            request_id: self.request_id.clone(),
            is_page: self.is_page,
        })
    }

    /// Whether Procore gave up because the query takes it too long (408): asking the same again
    /// would take as long.
    pub(super) fn is_too_slow(&self) -> bool {
        self.status == Some(408)
    }

    /// An answer whose body may be JSON in any of Procore's error shapes, HTML, text or nothing.
    /// `secrets` are removed from the text, in case the server echoes them.
    pub(super) fn read(
        action: &'static str,
        status: u16,
        request_id: Option<String>,
        body: &[u8],
        secrets: &[&SecretString],
    ) -> Self {
        Self {
            action,
            status: Some(status),
            text: kept(&readable(body), secrets),
            request_id: request_id.map(|id| stripped(&id, secrets)),
            is_page: body.trim_ascii_start().starts_with(b"<"),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Some(status) => write!(f, "{} got {status}", self.action)?,
            None => f.write_str(self.action)?,
        }
        if !self.text.is_empty() {
            write!(f, " ({})", self.text)?;
        }
        match &self.request_id {
            Some(id) => write!(f, " [request {id}]"),
            None => Ok(()),
        }
    }
}

/// The message in a body, on one short line, without secrets.
pub(super) fn kept(body: &str, secrets: &[&SecretString]) -> String {
    stripped(&message_of(body), secrets)
}

/// The message inside a body: Procore's error shapes differ by endpoint and age.
fn message_of(body: &str) -> String {
    let body = body.trim();
    match serde_json::from_str::<Value>(body) {
        Ok(Value::Object(fields)) => {
            let known = ["errors", "error_description", "message", "error"];
            let found: Vec<String> = known
                .iter()
                .filter_map(|name| fields.get(*name))
                .map(sentence)
                .filter(|text| !text.is_empty())
                .collect();
            if found.is_empty() {
                body.to_owned()
            } else {
                found.join("; ")
            }
        }
        Ok(other) => sentence(&other),
        Err(_) if body.starts_with('<') => without_tags(body),
        Err(_) => body.to_owned(),
    }
}

/// A JSON value as readable text: `{"name":["is taken"]}` becomes `name: is taken`.
fn sentence(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items
            .iter()
            .map(sentence)
            .filter(|s| !s.is_empty())
            .collect::<Vec<_>>()
            .join("; "),
        Value::Object(fields) => match fields.get("message") {
            Some(Value::String(message)) => message.clone(),
            Some(_) | None => fields
                .iter()
                .map(|(name, value)| format!("{name}: {}", sentence(value)))
                .collect::<Vec<_>>()
                .join("; "),
        },
    }
}

/// The text of an HTML page, without styles and scripts.
fn without_tags(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let mut text = String::new();
    let mut at = 0;
    while let Some(open) = lower[at..].find('<').map(|found| at + found) {
        text.push_str(&html[at..open]);
        text.push(' ');
        let tag = &lower[open..];
        let end = if tag.starts_with("<style") {
            "</style>"
        } else if tag.starts_with("<script") {
            "</script>"
        } else {
            ">"
        };
        match tag.find(end) {
            Some(close) => at = open + close + end.len(),
            None => return text,
        }
    }
    text.push_str(&html[at..]);
    text
}

/// One line, short, without anything that is or looks like a secret.
fn stripped(text: &str, secrets: &[&SecretString]) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let text = without_secrets(&text, secrets);
    let words = text.split_whitespace();
    let kept: Vec<&str> = words
        .map(|word| if is_address(word) { HIDDEN } else { word })
        .collect();
    kept.join(" ").chars().take(LONGEST).collect()
}

fn is_address(word: &str) -> bool {
    word.split_once('@')
        .is_some_and(|(person, host)| !person.is_empty() && host.contains('.'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(body: &str) -> String {
        Answer::read("test", 403, None, body.as_bytes(), &[]).text
    }

    #[test]
    fn every_documented_shape_gives_its_message() {
        let table = [
            (
                r#"{"errors":["App is not connected to this company."]}"#,
                "App is not connected to this company.",
            ),
            (r#"{"errors":"Not Found"}"#, "Not Found"),
            (
                r#"{"errors":{"assignees":["required"]}}"#,
                "assignees: required",
            ),
            (r#"{"message":"No access"}"#, "No access"),
            (
                r#"{"error":{"code":"400","message":"Bad scope","details":[]}}"#,
                "Bad scope",
            ),
            (
                r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#,
                "Client authentication failed; invalid_client",
            ),
            (
                "<html><style>a{b}</style><h1>502 Bad\nGateway</h1></html>",
                "502 Bad Gateway",
            ),
            ("plain\r\n\u{7}words", "plain words"),
            ("", ""),
        ];
        for (body, text) in table {
            assert_eq!(read(body), text, "{body}");
        }
    }

    #[test]
    fn only_a_refusal_is_something_that_procore_said() {
        let answer = |status, body: &str| Answer::read("test", status, None, body.as_bytes(), &[]);
        for (answer, said) in [
            (Answer::none("test", "no connection"), None),
            (Answer::timed_out("test"), None),
            (answer(200, "not what we expected"), None),
            (answer(422, r#"{"message":"No"}"#), Some(("No", false))),
            (answer(403, "\n<h1>Blocked</h1>"), Some(("Blocked", true))),
        ] {
            let heard = answer.said();
            let heard = heard.as_ref().map(|it| (it.text.as_str(), it.is_page));
            assert_eq!(heard, said, "{answer}");
        }
    }

    #[test]
    fn secrets_are_never_repeated() {
        let secret = SecretString::from("hunter2-hunter2");
        let body = br#"{"message":"id x with hunter2-hunter2 failed, Bearer abc.def 0123456789abcdef0123456789abcdef0123456789abcdef"}"#;
        let text = Answer::read("test", 400, None, body, &[&secret]).text;
        assert_eq!(text, "id x with (hidden) failed, Bearer (hidden) (hidden)");
    }

    #[test]
    fn a_persons_address_is_not_repeated() {
        assert_eq!(
            read(r#"{"message":"ask jo@example.com, or @us"}"#),
            "ask (hidden) or @us"
        );
    }

    #[test]
    fn an_answer_reads_as_one_sentence() {
        let answer = Answer::read(
            "list vendors",
            403,
            Some("r-1".into()),
            b"{\"errors\":\"No\"}",
            &[],
        );
        assert_eq!(
            answer.to_string(),
            "list vendors got 403 (No) [request r-1]"
        );
    }

    proptest! {
        #[test]
        fn any_body_is_cut_to_one_short_line(body in proptest::collection::vec(any::<u8>(), 0..2000)) {
            let text = Answer::read("test", 500, None, &body, &[]).text;
            prop_assert!(text.chars().count() <= LONGEST);
            prop_assert!(!text.chars().any(char::is_control));
        }

        #[test]
        fn any_html_is_survived(body in "<[a-zäß<>/ ]{0,80}(<style|<script)?[é<> ]{0,20}") {
            read(&body);
        }
    }
}
