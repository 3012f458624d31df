//! Text as servers send it, made readable and storable.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

/// The deepest nesting that is stored; Postgres reads JSON recursively.
const DEEPEST: usize = 1000;
/// The most digits of a number, and the largest exponent: `jsonb` holds numbers of 131,072 digits.
const MOST_DIGITS: usize = 10_000;
const LARGEST_EXPONENT: usize = 10_000;

/// JSON without what parsers or `jsonb` refuse though its meaning is clear: a byte order mark, bytes
/// that are not UTF-8, unpaired surrogates (both become U+FFFD), and NUL characters.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = String::from_utf8_lossy(bytes);
    match without_bad_escapes(&text) {
        Some(repaired) => Cow::Owned(repaired),
        None => text,
    }
}

/// The value of JSON as servers send it: repaired, and with the control characters replaced that JSON
/// does not allow inside strings.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, serde_json::Error> {
    let text = readable(bytes);
    serde_json::from_str(&text)
        .or_else(|error| serde_json::from_str(&without_controls(&text)).map_err(|_| error))
}

/// Replaces control characters.
fn without_controls(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_ascii_control() { ' ' } else { c })
        .collect()
}

/// Whether `jsonb` takes this JSON: no number beyond its range, no nesting beyond its stack.
pub(crate) fn is_storable(json: &str) -> bool {
    let (mut depth, mut digits, mut exponent) = (0_usize, 0_usize, None::<usize>);
    let (mut in_string, mut escaped) = (false, false);
    for byte in json.bytes() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'0'..=b'9' => match &mut exponent {
                Some(exponent) => {
                    *exponent = exponent
                        .saturating_mul(10)
                        .saturating_add(usize::from(byte - b'0'));
                }
                None => digits += 1,
            },
            b'e' | b'E' if digits > 0 => exponent = Some(0),
            b'.' | b'+' | b'-' => {}
            b'"' => in_string = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' => (digits, exponent) = (0, None),
            _ => {}
        }
        if depth > DEEPEST || digits > MOST_DIGITS || exponent > Some(LARGEST_EXPONENT) {
            return false;
        }
    }
    true
}

/// Removes escaped NUL characters and replaces unpaired surrogates. Returns `None` if nothing had
/// to change.
fn without_bad_escapes(json: &str) -> Option<String> {
    if !json.contains("\\u") {
        return None;
    }
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(start) = rest.find('\\') {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let length = match (code(rest), code(rest.get(6..).unwrap_or_default())) {
            (Some(0), _) => {
                rest = &rest[6..];
                continue;
            }
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                kept.push('\u{FFFD}');
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            // Any other escape, an escaped backslash included.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        let (escape, after) = rest.split_at(length);
        kept.push_str(escape);
        rest = after;
    }
    kept.push_str(rest);
    Some(kept)
}

/// The code unit of a leading `\uXXXX`.
fn code(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_parsers_refuse_is_removed_or_replaced() {
        let table: [(&[u8], &str); 11] = [
            (br#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (b"\xEF\xBB\xBF[1]", "[1]"),
            (b"\"Caf\xE9\"", "\"Caf\u{FFFD}\""),
            (br#""a\u0000b""#, r#""ab""#),
            (br#""\\u0000""#, r#""\\u0000""#),
            (br#""\\\u0000""#, r#""\\""#),
            (br#""\ud83d\ude00\n""#, r#""\ud83d\ude00\n""#),
            (br#""\ud83d!""#, "\"\u{FFFD}!\""),
            (br#""\ud83d""#, "\"\u{FFFD}\""),
            (br#""\uDE00\uD83D""#, "\"\u{FFFD}\u{FFFD}\""),
            (br#""\u00e9""#, r#""\u00e9""#),
        ];
        for (bytes, text) in table {
            assert_eq!(readable(bytes), text);
        }
        assert_eq!(parse::<String>(b"\"a\x01\nb\"").unwrap(), "a  b");
    }

    #[test]
    fn what_jsonb_cannot_hold_is_told() {
        let nested = |levels: usize| format!("{}1{}", "[".repeat(levels), "]".repeat(levels));
        for (json, storable) in [
            ("1e400".to_owned(), true),
            ("[1e9999,2e9999]".to_owned(), true),
            ("1e200000".to_owned(), false),
            ("1.5E-200000".to_owned(), false),
            (r#"{"code":"1e200000"}"#.to_owned(), true),
            (r#"{"a":"\"","b":1e200000}"#.to_owned(), false),
            (nested(200), true),
            (nested(1001), false),
            ("7".repeat(10_001), false),
            (format!("[{}]", "12345,".repeat(9_000)), true),
        ] {
            let start = &json[..json.len().min(30)];
            assert_eq!(is_storable(&json), storable, "{start}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            is_storable(&readable(&bytes));
        }

        #[test]
        fn any_escapes_are_survived(text in "(\\\\(u[0-9a-fD]{0,5}|[\\\\\"né])?|[a-z\"]){0,30}") {
            readable(text.as_bytes());
        }
    }
}
