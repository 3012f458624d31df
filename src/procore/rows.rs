//! Splits a JSON list into rows while it arrives, so that a page is never in memory twice.
//!
//! A list is a bare array, or version 2's object whose `data` is one. Each row is repaired, kept as
//! it was written, and checked to be JSON as soon as it is complete; an object that is none is left
//! aside.

use std::collections::HashMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;

use super::repair::{parse, readable};

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
        match parse(bytes) {
            Ok(row) => self.rows.push(row),
            Err(_) if bytes.starts_with(b"{") => self.unread.push(readable(bytes).into_owned()),
            Err(_) => return Err(UnexpectedByte),
        }
        Ok(())
    }
}

impl ReadRows {
    /// Puts the records of groups in the place of the groups; `field` of each holds them.
    pub(super) fn ungroup(&mut self, field: &str) {
        for group in std::mem::take(&mut self.rows) {
            let records = serde_json::from_str::<HashMap<&str, &RawValue>>(group.get());
            let records = records.ok().and_then(|fields| fields.get(field).copied());
            let records = records.and_then(|it| serde_json::from_str(it.get()).ok());
            match records {
                Some(records) => self.rows.extend::<Vec<Box<RawValue>>>(records),
                None => self.unread.push(String::from(Box::<str>::from(group))),
            }
        }
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
            parse(bytes).map_err(|_| UnexpectedByte)
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
mod tests;
