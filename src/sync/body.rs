//! Records as they came, made fit for the table.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};

use crate::procore::RawRecord;
use crate::store::records::NewRecord;

/// The records of a page, each id once: of two, the later one counts.
pub(super) fn storable(records: Vec<RawRecord>) -> Vec<NewRecord> {
    let mut places: HashMap<i64, usize> = HashMap::with_capacity(records.len());
    let mut kept: Vec<NewRecord> = Vec::with_capacity(records.len());
    for record in records {
        let mended = mended(record.body.get());
        let body = mended.unwrap_or_else(|| String::from(Box::<str>::from(record.body)));
        let mut hash = [0; 32];
        hash.copy_from_slice(digest(&SHA256, body.as_bytes()).as_ref());
        let new = NewRecord {
            procore_id: record.id,
            body,
            hash,
            updated_at: record.updated_at,
        };
        match places.get(&record.id) {
            Some(place) => kept[*place] = new,
            None => {
                places.insert(record.id, kept.len());
                kept.push(new);
            }
        }
    }
    kept
}

/// JSON that Postgres takes as `jsonb`, which knows neither the character 0 nor half a surrogate
/// pair; JSON itself allows both to be written. Nothing, if it needs no mending.
pub fn mended(json: &str) -> Option<String> {
    if !json.contains("\\u") {
        return None;
    }
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(place) = rest.find('\\') {
        kept.push_str(&rest[..place]);
        rest = &rest[place..];
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
            (None, _) => 2, // any other escape, also that of a backslash
        };
        let (escape, after) = rest.split_at(length.min(rest.len()));
        kept.push_str(escape);
        rest = after;
    }
    kept.push_str(rest);
    Some(kept)
}

/// The code unit of the `\uXXXX` that a text begins with.
fn code(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;

    use super::*;

    #[test]
    fn what_the_table_cannot_hold_is_left_out() {
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
            let text = mended(json).unwrap_or_else(|| json.to_owned());
            assert_eq!(text, kept, "{json}");
        }
    }

    #[test]
    fn an_id_that_comes_twice_is_kept_once() {
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
