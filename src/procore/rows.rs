//! Cuts the rows out of a JSON list while it arrives, so that a page is never held twice.
//!
//! A list is a bare array, or version 2's object whose `data` is one. Each row is kept as it was
//! written, and checked to be JSON as soon as it is complete.

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The rows so far, and what is expected next.
#[derive(Debug, Default)]
pub(super) struct Rows {
    rows: Vec<Box<RawValue>>,
    place: Place,
    /// The value that has begun: a row, or a key or value of the envelope.
    value: Vec<u8>,
    /// Braces and brackets that are open within it.
    depth: usize,
    in_string: bool,
    escaped: bool,
    list: List,
    /// Bytes before the present one.
    read: usize,
    failed: Option<NoRows>,
}

/// What is expected next, unless a value has begun; then what that value is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    /// A key of the envelope, or at once its end.
    FirstKey,
    Key,
    /// The colon after a key; whether that is `data`.
    Colon(bool),
    /// A value of the envelope; whether it is the list.
    Value(bool),
    AfterValue,
    /// A row, or at once the end of the list.
    FirstRow,
    Row,
    AfterRow,
    End,
}

/// Where the list is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum List {
    #[default]
    Bare,
    /// In an envelope that has not shown it yet.
    Awaited,
    InEnvelope,
}

/// Why there are no rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NoRows {
    /// What came cannot become a list; seen at this byte.
    Malformed(usize),
    /// It stops before the list ends.
    CutShort,
}

/// A byte that cannot stand where it does.
struct Misplaced;

impl Rows {
    /// Takes in the next piece of the text, cut anywhere.
    pub(super) fn feed(&mut self, mut piece: &[u8]) {
        while self.failed.is_none() {
            let (plain, rest) = piece.split_at(self.plain(piece));
            self.value.extend_from_slice(plain);
            self.read += plain.len();
            let Some((byte, rest)) = rest.split_first() else {
                return;
            };
            if let Err(Misplaced) = self.take(*byte) {
                self.failed = Some(NoRows::Malformed(self.read));
            }
            self.read += 1;
            piece = rest;
        }
    }

    /// How many bytes at the start of `piece` only go on with the value that has begun: nearly all
    /// of a list, so that they are taken in one piece.
    fn plain(&self, piece: &[u8]) -> usize {
        let decides = |byte: &u8| match self.in_string {
            true => matches!(byte, b'"' | b'\\'),
            false => matches!(byte, b'"' | b'{' | b'}' | b'[' | b']'),
        };
        if self.escaped || (self.depth == 0 && !self.in_string) {
            return 0;
        }
        piece.iter().position(decides).unwrap_or(piece.len())
    }

    /// The rows, once the whole text was taken in.
    pub(super) fn finish(self) -> Result<Vec<Box<RawValue>>, NoRows> {
        if let Some(failed) = self.failed {
            return Err(failed);
        }
        match self.place {
            Place::End => Ok(self.rows),
            Place::Start => Err(NoRows::Malformed(self.read)),
            Place::FirstKey
            | Place::Key
            | Place::Colon(_)
            | Place::Value(_)
            | Place::AfterValue
            | Place::FirstRow
            | Place::Row
            | Place::AfterRow => Err(NoRows::CutShort),
        }
    }

    fn take(&mut self, byte: u8) -> Result<(), Misplaced> {
        let blank = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        if !self.value.is_empty() {
            // Only a number or a word ends by what follows it.
            let in_word = self.depth == 0 && !self.in_string;
            if !in_word || !(blank || matches!(byte, b',' | b':' | b']' | b'}')) {
                return self.go_on(byte);
            }
            self.complete()?;
        }
        if blank {
            return Ok(());
        }
        self.place = match (self.place, byte) {
            (Place::Start, b'[') => Place::FirstRow,
            (Place::Start, b'{') => {
                self.list = List::Awaited;
                Place::FirstKey
            }
            (Place::Colon(is_list), b':') => Place::Value(is_list),
            (Place::Value(true), b'[') if self.list == List::Awaited => {
                self.list = List::InEnvelope;
                Place::FirstRow
            }
            (Place::AfterValue, b',') => Place::Key,
            (Place::AfterValue, b'}') if self.list == List::InEnvelope => Place::End,
            (Place::AfterRow, b',') => Place::Row,
            (Place::FirstRow | Place::AfterRow, b']') => match self.list {
                List::Bare => Place::End,
                List::Awaited | List::InEnvelope => Place::AfterValue,
            },
            (Place::FirstKey | Place::Key, b'"')
            | (Place::Value(false) | Place::FirstRow | Place::Row, _) => return self.go_on(byte),
            (
                Place::Start
                | Place::FirstKey
                | Place::Key
                | Place::Colon(_)
                | Place::Value(true)
                | Place::AfterValue
                | Place::AfterRow
                | Place::End,
                _,
            ) => return Err(Misplaced),
        };
        Ok(())
    }

    /// Takes a byte into the value that has begun, or begins one.
    fn go_on(&mut self, byte: u8) -> Result<(), Misplaced> {
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
                b'}' | b']' => self.depth = self.depth.checked_sub(1).ok_or(Misplaced)?,
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

    /// Keeps or uses the value that has ended, if it is JSON.
    fn complete(&mut self) -> Result<(), Misplaced> {
        fn read<'a, T: serde::Deserialize<'a>>(text: &'a [u8]) -> Result<T, Misplaced> {
            serde_json::from_slice(text).map_err(|_| Misplaced)
        }
        self.place = match self.place {
            Place::FirstKey | Place::Key => Place::Colon(read::<String>(&self.value)? == "data"),
            Place::FirstRow | Place::Row => {
                self.rows.push(read(&self.value)?);
                Place::AfterRow
            }
            Place::Value(false) => {
                read::<IgnoredAny>(&self.value)?;
                Place::AfterValue
            }
            Place::Start
            | Place::Colon(_)
            | Place::Value(true)
            | Place::AfterValue
            | Place::AfterRow
            | Place::End => return Err(Misplaced),
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

    /// What serde makes of the whole text.
    fn whole(text: &[u8]) -> Option<Vec<String>> {
        #[derive(Deserialize)]
        struct Envelope {
            data: Vec<Box<RawValue>>,
        }
        let bare = || serde_json::from_slice::<Vec<Box<RawValue>>>(text);
        let wrapped = || serde_json::from_slice::<Envelope>(text).map(|envelope| envelope.data);
        let starts = text.iter().find(|byte| !byte.is_ascii_whitespace())?;
        let rows = if *starts == b'{' { wrapped() } else { bare() };
        Some(rows.ok()?.iter().map(|row| row.get().to_owned()).collect())
    }

    fn in_pieces(text: &[u8], size: usize) -> Result<Vec<String>, NoRows> {
        let mut rows = Rows::default();
        for piece in text.chunks(size) {
            rows.feed(piece);
        }
        Ok(rows
            .finish()?
            .iter()
            .map(|row| row.get().to_owned())
            .collect())
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
                Err(NoRows::CutShort),
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
                matches!(no_rows, Err(NoRows::Malformed(_))),
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
            prop_assert_eq!(in_pieces(&text, 7).ok(), whole(&text));
        }
    }
}
