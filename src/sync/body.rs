//! Turns records as Procore sent them into rows for our table.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

use crate::procore::RawRecord;
use crate::store::records::NewRecord;

/// The records of a page, each id once: the later of two wins.
pub(super) fn storable(records: Vec<RawRecord>) -> Vec<NewRecord> {
    let mut positions: HashMap<i64, usize> = HashMap::with_capacity(records.len());
    let mut kept: Vec<NewRecord> = Vec::with_capacity(records.len());
    for record in records {
        let fixed = storable_json(record.body.get());
        let body = fixed.unwrap_or_else(|| String::from(Box::<str>::from(record.body)));
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, body.as_bytes()).as_ref());
        let new = NewRecord {
            procore_id: record.id,
            body,
            hash,
            updated_at: record.updated_at,
        };
        match positions.get(&record.id) {
            Some(position) => kept[*position] = new,
            None => {
                positions.insert(record.id, kept.len());
                kept.push(new);
            }
        }
    }
    kept
}

/// Removes what JSON allows but Postgres refuses in `jsonb`: NUL characters, and unpaired
/// surrogates (replaced by U+FFFD). Returns `None` if nothing had to change.
pub fn storable_json(json: &str) -> Option<String> {
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
            (None, _) => 2, // any other escape, an escaped backslash included
        };
        let (escape, after) = rest.split_at(length.min(rest.len()));
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
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn characters_that_jsonb_refuses_are_removed_or_replaced() {
        for (json, kept) in [
            (r#"{"a":"b"}"#, r#"{"a":"b"}"#),
            (r#""a\u0000b""#, r#""ab""#),
            (r#""\\u0000""#, r#""\\u0000""#),
            (r#""\\\u0000""#, r#""\\""#),
            (r#""\ud83d\ude00\n""#, r#""\ud83d\ude00\n""#),
            (r#""\ud83d!""#, "\"\u{FFFD}!\""),
            (r#""\uDE00\uD83D""#, "\"\u{FFFD}\u{FFFD}\""),
            (r#""\u00e9""#, r#""\u00e9""#),
        ] {
            let text = storable_json(json).unwrap_or_else(|| json.to_owned());
            assert_eq!(text, kept, "{json}");
        }
    }

    #[test]
    fn a_repeated_id_is_stored_once() {
        let raw = |id, body: &str| RawRecord {
            id,
            updated_at: None,
            body: RawValue::from_string(body.to_owned()).unwrap(),
        };
        let kept = storable(vec![raw(1, "1"), raw(2, "2"), raw(1, "3")]);
        let bodies: Vec<_> = kept.iter().map(|record| record.body.as_str()).collect();
        assert_eq!(bodies, ["3", "2"]);
    }
}
