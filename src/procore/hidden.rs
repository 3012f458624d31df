//! Text of Procore without what is a secret, or looks like one.

use std::ops::Range;

use secrecy::{ExposeSecret, SecretString};

/// What stands in its place.
pub(super) const HIDDEN: &str = "(hidden)";

/// The shortest run of letters and digits that is hidden because it may be a token.
const TOKEN_LIKE: usize = 40;

/// How names of fields end whose values are secrets, without `_` and `-`.
const SECRET_NAMES: [&str; 8] = [
    "token",
    "secret",
    "password",
    "passwd",
    "authorization",
    "apikey",
    "privatekey",
    "cookie",
];

/// The text without these secrets, values of fields that are named like secrets, what follows
/// `Bearer`, and long runs that may be tokens. The text may be JSON, a form, headers or anything else.
pub(crate) fn without_secrets(text: &str, secrets: &[&SecretString]) -> String {
    let mut text = text.to_owned();
    for secret in secrets.iter().map(|secret| secret.expose_secret()) {
        if !secret.is_empty() {
            text = text.replace(secret, HIDDEN);
        }
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(first) = rest.chars().next() {
        let (word, after) = rest.split_at(length(rest, is_token_part));
        if word.is_empty() {
            kept.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        kept.push_str(if is_token_like(word) { HIDDEN } else { word });
        rest = after;
        if let Some(secret) = secret_after(word, after).filter(|secret| !secret.is_empty()) {
            kept.push_str(&after[..secret.start]);
            kept.push_str(HIDDEN);
            rest = &after[secret.end..];
        }
    }
    kept
}

/// Where the secret is that a word announces, in the text after it.
fn secret_after(word: &str, after: &str) -> Option<Range<usize>> {
    let within = |value: &str, length: usize| {
        let start = after.len() - value.len();
        Some(start..start + length)
    };
    if word.eq_ignore_ascii_case("bearer") {
        let value = after.trim_start();
        let is_apart = value.len() < after.len();
        return within(value, length(value, is_token_part)).filter(|_| is_apart);
    }
    if !names_secret(word) {
        return None;
    }
    let closing = quote(after);
    let rest = after[closing.len()..].trim_start();
    let (is_form, rest) = match (rest.strip_prefix('='), rest.strip_prefix(':')) {
        (Some(rest), _) => (true, rest.trim_start()),
        (None, Some(rest)) => (false, rest.trim_start()),
        (None, None) => return None,
    };
    let opening = quote(rest);
    let value = &rest[opening.len()..];
    let name = word.to_ascii_lowercase();
    let is_header = name.ends_with("authorization") || name.ends_with("cookie");
    let taken = match opening {
        "" if is_form => length(value, |c| !c.is_whitespace() && !"&;,\"'".contains(c)),
        "" if is_header => length(value, |c| c != '\n' && c != '"'),
        // `"pin_token":1234`; after a bare colon a sentence may follow.
        "" if !closing.is_empty() => length(value, |c| c.is_ascii_digit()),
        "" => 0,
        quote => end_of_quoted(value, quote),
    };
    within(value, taken)
}

/// The quotation mark at the beginning, if there is one; inside a JSON text it is escaped.
fn quote(text: &str) -> &'static str {
    let marks = ["\\\"", "\"", "'"];
    let found = marks.into_iter().find(|mark| text.starts_with(mark));
    found.unwrap_or_default()
}

/// The length of what stands before the closing quotation mark.
fn end_of_quoted(value: &str, quote: &str) -> usize {
    let mut marks = value.match_indices(quote);
    let closes = |at: usize| {
        let before = value[..at].bytes().rev();
        match before.take_while(|byte| *byte == b'\\').count() {
            0 => true,
            escapes => quote.len() == 1 && escapes % 2 == 0,
        }
    };
    marks
        .find(|(at, _)| closes(*at))
        .map_or(value.len(), |(at, _)| at)
}

fn length(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|c| !belongs(c)).unwrap_or(text.len())
}

fn names_secret(word: &str) -> bool {
    let name = word.replace(['_', '-'], "").to_ascii_lowercase();
    SECRET_NAMES.iter().any(|secret| name.ends_with(secret))
}

fn is_token_like(word: &str) -> bool {
    word.len() >= TOKEN_LIKE && word.bytes().any(|byte| byte.is_ascii_digit())
}

fn is_token_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '+' | '/')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn raw_text_keeps_all_but_secrets() {
        let secret = SecretString::from("hunter2");
        let token = "0123456789abcdef".repeat(4);
        let raw = format!(r#"{{"id":NaN, "a":"hunter2","b":"{token}","mail":"jo@example.com"}}"#);
        assert_eq!(
            without_secrets(&raw, &[&secret]),
            r#"{"id":NaN, "a":"(hidden)","b":"(hidden)","mail":"jo@example.com"}"#
        );
    }

    #[test]
    fn a_short_secret_is_known_by_what_stands_before_it() {
        for (text, shown) in [
            ("Bearer s3", "Bearer (hidden)"),
            ("a bearer\ts3, b", "a bearer\t(hidden), b"),
            (
                r#"{"access_token":"s3","id":7}"#,
                r#"{"access_token":"(hidden)","id":7}"#,
            ),
            (
                r#"{"clientSecret" : "!s 3\" 4"}"#,
                r#"{"clientSecret" : "(hidden)"}"#,
            ),
            (
                r#"{"secret":"s\\","id":7}"#,
                r#"{"secret":"(hidden)","id":7}"#,
            ),
            (
                r#"{"text":"{\"password\":\"s3\"}"}"#,
                r#"{"text":"{\"password\":\"(hidden)\"}"}"#,
            ),
            (r#"{"x-api-key":1234}"#, r#"{"x-api-key":(hidden)}"#),
            (
                r#"{"Authorization":"Basic s3"}"#,
                r#"{"Authorization":"(hidden)"}"#,
            ),
            (
                "Authorization: Basic s3 4\nA: b",
                "Authorization: (hidden)\nA: b",
            ),
            (
                "client_secret=s3&client_id=abc",
                "client_secret=(hidden)&client_id=abc",
            ),
            ("{'token': 's3'}", "{'token': '(hidden)'}"),
            (r#"{"secret":"s3"#, r#"{"secret":"(hidden)"#),
            ("client_secret: is invalid", "client_secret: is invalid"),
            ("the token has expired", "the token has expired"),
            (
                r#"{"token":null,"secrets":"a"}"#,
                r#"{"token":null,"secrets":"a"}"#,
            ),
        ] {
            assert_eq!(without_secrets(text, &[]), shown, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "((token|secret|bearer|[=:\"'\\\\ ]|[a-zé0-9]){0,3}){0,20}") {
            without_secrets(&text, &[]);
        }

        #[test]
        fn no_quoted_value_of_a_secrets_name_is_shown(value in "[!-~]{1,30}") {
            let json = serde_json::json!({ "client_secret": format!("§{value}§") }).to_string();
            prop_assert!(!without_secrets(&json, &[]).contains('§'));
        }
    }
}
