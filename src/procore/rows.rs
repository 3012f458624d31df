//! Splits a JSON list into rows while it arrives, so that a page is never in memory twice.
//!
//! A list is a bare array, or version 2's object whose `data` is one. Each row is repaired, kept as
//! it was written, and checked to be JSON as soon as it is complete; an object that is none is left
//! aside.

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::repair::{readable, without_controls};

const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The rows of a list.
#[derive(Debug, Default)]
pub(super) struct ReadRows {
    pub(super) rows: Vec<Box<RawValue>>,
    /// Objects that are no JSON, as they were sent.
    pub(super) unread: Vec<String>,
}

impl ReadRows {
    /// Keeps a row, or leaves it aside. Only the end of an object is certain without reading it.
    fn push(&mut self, bytes: &[u8]) -> Result<(), UnexpectedByte> {
        let text = readable(bytes);
        let row =
            serde_json::from_str(&text).or_else(|_| serde_json::from_str(&without_controls(&text)));
        match row {
            Ok(row) => self.rows.push(row),
            Err(_) if bytes.starts_with(b"{") => self.unread.push(text.into_owned()),
            Err(_) => return Err(UnexpectedByte),
        }
        Ok(())
    }
}

/// The rows so far and the parser's state.
#[derive(Debug, Default)]
pub(super) struct Rows {
    found: ReadRows,
    expected: Expected,
    /// The value being read: a row, or a key or value of the envelope.
    value: Vec<u8>,
    /// Open braces and brackets within it.
    depth: usize,
    in_string: bool,
    escaped: bool,
    list: ListPlace,
    /// Bytes read before the current one.
    read: usize,
    failed: Option<RowsError>,
}

/// What is expected next, or what the value being read is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Expected {
    #[default]
    Start,
    /// A key of the envelope, or its end.
    FirstKey,
    Key,
    /// The colon after a key; whether that is `data`.
    Colon(bool),
    /// A value of the envelope; whether it is the list.
    Value(bool),
    AfterValue,
    /// A row, or the end of the list.
    FirstRow,
    Row,
    AfterRow,
    End,
}

/// Where the list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum ListPlace {
    #[default]
    Bare,
    /// In an envelope, not reached yet.
    Awaited,
    InEnvelope,
}

/// Why the rows could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RowsError {
    /// The text is not a list; noticed at this byte.
    Malformed(usize),
    /// The text ends before the list does.
    CutShort,
}

/// A byte that is not valid at its position.
struct UnexpectedByte;

impl Rows {
    /// Parses the next chunk, which may be cut anywhere.
    pub(super) fn feed(&mut self, mut piece: &[u8]) {
        while self.failed.is_none() {
            let (plain, rest) = piece.split_at(self.run_length(piece));
            self.value.extend_from_slice(plain);
            self.read += plain.len();
            let Some((byte, rest)) = rest.split_first() else {
                return;
            };
            if let Err(UnexpectedByte) = self.take(*byte) {
                self.failed = Some(RowsError::Malformed(self.read));
            }
            self.read += 1;
            piece = rest;
        }
    }

    /// How many bytes at the start of `piece` only continue the current value. That is nearly all of
    /// a list, so they are copied in one go.
    fn run_length(&self, piece: &[u8]) -> usize {
        let decides = |byte: &u8| match self.in_string {
            true => matches!(byte, b'"' | b'\\'),
            false => matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'),
        };
        if self.escaped || (self.depth == 0 && !self.in_string) {
            return 0;
        }
        piece.iter().position(decides).unwrap_or(piece.len())
    }

    /// The rows, after the last chunk.
    pub(super) fn finish(self) -> Result<ReadRows, RowsError> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        match self.expected {
            Expected::End => Ok(self.found),
            Expected::Start => Err(RowsError::Malformed(self.read)),
            Expected::FirstKey
            | Expected::Key
            | Expected::Colon(_)
            | Expected::Value(_)
            | Expected::AfterValue
            | Expected::FirstRow
            | Expected::Row
            | Expected::AfterRow => Err(RowsError::CutShort),
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), UnexpectedByte> {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        if !self.value.is_empty() {
            // Only a number or a literal ends by what follows it.
            let in_word = self.depth == 0 && !self.in_string;
            if !in_word || !(blank || matches!(byte, b',' | b':' | b']' | b'}')) {
                return self.extend_value(byte);
            }
            self.complete()?;
        }
        if blank {
            return Ok(());
        }
        self.expected = match (self.expected, byte) {
            (Expected::Start, _) if BYTE_ORDER_MARK.get(self.read) == Some(&byte) => {
                Expected::Start
            }
            (Expected::Start, b'[') => Expected::FirstRow,
            (Expected::Start, b'{') => {
                self.list = ListPlace::Awaited;
                Expected::FirstKey
            }
            (Expected::Colon(is_list), b':') => Expected::Value(is_list),
            (Expected::Value(true), b'[') if self.list == ListPlace::Awaited => {
                self.list = ListPlace::InEnvelope;
                Expected::FirstRow
            }
            (Expected::AfterValue, b',') => Expected::Key,
            (Expected::AfterValue, b'}') if self.list == ListPlace::InEnvelope => Expected::End,
            (Expected::AfterRow, b',') => Expected::Row,
            (Expected::FirstRow | Expected::AfterRow, b']') => match self.list {
                ListPlace::Bare => Expected::End,
                ListPlace::Awaited | ListPlace::InEnvelope => Expected::AfterValue,
            },
            (Expected::FirstKey | Expected::Key, b'"')
            | (Expected::Value(false) | Expected::FirstRow | Expected::Row, _) => {
                return self.extend_value(byte);
            }
            (
                Expected::Start
                | Expected::FirstKey
                | Expected::Key
                | Expected::Colon(_)
                | Expected::Value(true)
                | Expected::AfterValue
                | Expected::AfterRow
                | Expected::End,
                _,
            ) => return Err(UnexpectedByte),
        };
        Ok(())
    }

    /// Adds a byte to the current value, or starts one.
    fn extend_value(&mut self, byte: u8) -> Result<(), UnexpectedByte> {
        self.value.push(byte);
        if self.in_string {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.in_string = false,
                _ => return Ok(()),
            }
        } else {
            match byte {
                b'"' => self.in_string = true,
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or(UnexpectedByte)?,
                _ => return Ok(()),
            }
        }
        let ends = matches!(byte, b'"' | b'}' | b']');
        if ends && self.depth == 0 && !self.in_string {
            self.complete()
        } else {
            Ok(())
        }
    }

    /// Stores or uses the value that has ended, if it is JSON.
    fn complete(&mut self) -> Result<(), UnexpectedByte> {
        fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, UnexpectedByte> {
            serde_json::from_str(&readable(bytes)).map_err(|_| UnexpectedByte)
        }
        self.expected = match self.expected {
            Expected::FirstKey | Expected::Key => {
                Expected::Colon(read::<String>(&self.value)? == "data")
            }
            Expected::FirstRow | Expected::Row => {
                self.found.push(&self.value)?;
                Expected::AfterRow
            }
            Expected::Value(false) => {
                read::<IgnoredAny>(&self.value)?;
                Expected::AfterValue
            }
            Expected::Start
            | Expected::Colon(_)
            | Expected::Value(true)
            | Expected::AfterValue
            | Expected::AfterRow
            | Expected::End => return Err(UnexpectedByte),
        };
        self.value.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    /// What serde makes of the whole text, each row repaired.
    fn whole(text: &[u8]) -> Option<Vec<String>> {
        #[derive(Deserialize)]
        struct Envelope {
            data: Vec<Box<RawValue>>,
        }
        let bare = || serde_json::from_slice::<Vec<Box<RawValue>>>(text);
        let wrapped = || serde_json::from_slice::<Envelope>(text).map(|envelope| envelope.data);
        let starts = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
        let rows = if *starts == b'{' { wrapped() } else { bare() };
        let rows = rows.ok()?;
        let repaired = rows
            .iter()
            .map(|row| readable(row.get().as_bytes()).into_owned());
        Some(repaired.collect())
    }

    fn in_pieces(text: &[u8], size: usize) -> Result<Vec<String>, RowsError> {
        let mut rows = Rows::default();
        for piece in text.chunks(size) {
            rows.feed(piece);
        }
        let found = rows.finish()?;
        if !found.unread.is_empty() {
            return Err(RowsError::Malformed(0)); // as serde would
        }
        Ok(found.rows.iter().map(|row| row.get().to_owned()).collect())
    }

    #[test]
    fn rows_are_kept_as_they_were_written() {
        let text = br#" [ {"a": "]}\"" , "b":[ 1 ]} , 7,"x" ,null,[] ] "#;
        let rows = [r#"{"a": "]}\"" , "b":[ 1 ]}"#, "7", r#""x""#, "null", "[]"];
        assert_eq!(in_pieces(text, 1).unwrap(), rows);
        assert_eq!(in_pieces(br#"{"data":[]}"#, 3).unwrap(), [""; 0]);
        let envelope = br#"{"meta":{"data":[1]},"data":[{"id":"5"}],"next":null}"#;
        assert_eq!(in_pieces(envelope, 4).unwrap(), [r#"{"id":"5"}"#]);
    }

    #[test]
    fn an_odd_row_is_repaired_or_left_aside() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(200), "]".repeat(200));
        let list = [
            b"\xEF\xBB\xBF[{\"name\":\"Caf\xE9\"},{\"name\":\"\\ud83d\"},{\"n\":1e400},".as_slice(),
            b"{\"id\":NaN},{\"name\":\"a\tb\"},{\"id\":1,},",
            deep.as_bytes(),
            b"]",
        ]
        .concat();
        for size in [1, 3, 1000] {
            let mut rows = Rows::default();
            list.chunks(size).for_each(|piece| rows.feed(piece));
            let found = rows.finish().unwrap();
            let kept: Vec<&str> = found.rows.iter().map(|row| row.get()).collect();
            let expected = [
                "{\"name\":\"Caf\u{FFFD}\"}",
                "{\"name\":\"\u{FFFD}\"}",
                r#"{"n":1e400}"#,
                r#"{"name":"a b"}"#,
                &deep,
            ];
            assert_eq!(kept, expected);
            assert_eq!(found.unread, [r#"{"id":NaN}"#, r#"{"id":1,}"#]);
        }
    }

    #[test]
    fn a_list_that_stops_is_told_from_one_that_is_none() {
        for text in [
            "[",
            "[1",
            "[1,",
            r#"[{"a":"#,
            r#"{"data":[1]"#,
            r#"{"data""#,
            r#"{"a":1"#,
        ] {
            assert_eq!(
                in_pieces(text.as_bytes(), 2),
                Err(RowsError::CutShort),
                "{text}"
            );
        }
        for text in [
            "",
            " ",
            "7",
            r#""x""#,
            "[1 2]",
            "[,1]",
            "[1,]",
            "[}",
            "[1]]",
            "{}",
            "[nul]",
            r#"{"data":7}"#,
            r#"{"rows":[]}"#,
            r#"{"data":[],"data":[]}"#,
            r#"{1:[]}"#,
        ] {
            let no_rows = in_pieces(text.as_bytes(), 2);
            assert!(
                matches!(no_rows, Err(RowsError::Malformed(_))),
                "{text}: {no_rows:?}"
            );
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(|b| json!(b)),
            any::<i64>().prop_map(|n| json!(n)),
            ".{0,8}".prop_map(|s| json!(s)),
            "[\\\\\"{}\\[\\],:]{0,6}".prop_map(|s| json!(s)),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                proptest::collection::hash_map("(data|[a-c]{0,2})", inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn it_reads_what_serde_reads(value in any_json(), size in 1usize..9, pretty in any::<bool>()) {
            for value in [value.clone(), json!([value]), json!({"data": [value, 1], "x": 2})] {
                let text = match pretty {
                    true => serde_json::to_string_pretty(&value).unwrap(),
                    false => value.to_string(),
                };
                prop_assert_eq!(in_pieces(text.as_bytes(), size).ok(), whole(text.as_bytes()));
            }
        }

        #[test]
        fn it_refuses_what_serde_refuses(
            text in "[\\[{]{1,2}(\"data\":)?[\\[\\]{},:\" a1\\\\]{0,12}",
            size in 1usize..5,
        ) {
            prop_assert_eq!(in_pieces(text.as_bytes(), size).ok(), whole(text.as_bytes()));
        }

        #[test]
        fn any_bytes_are_survived(text in proptest::collection::vec(any::<u8>(), 0..60)) {
            let text = String::from_utf8_lossy(&text);
            prop_assert_eq!(in_pieces(text.as_bytes(), 7).ok(), whole(text.as_bytes()));
        }
    }
}
