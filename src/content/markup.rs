//! The markup of a step.
//!
//! `[Admin > App Management]` is a click path, `` `text` `` is something to copy, and `{tool}`
//! is filled in. Everything else is text.

use std::fmt::Write as _;

use super::values::{Placeholder, Values};

/// A part of a step, as plain text: the template escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Text(String),
    /// What to click, one after the other.
    Path(Vec<String>),
    /// A value to copy.
    Copy {
        /// What it is, for the name of the button.
        label: String,
        /// What is copied.
        value: String,
    },
}

/// Splits a step into its pieces and fills in the values.
pub(super) fn pieces(text: &str, values: &Values) -> Vec<Piece> {
    split(text)
        .into_iter()
        .map(|part| match part {
            Part::Text(text) => Piece::Text(values.fill(text)),
            Part::Path(path) => Piece::Path(
                path.split('>')
                    .map(|chip| values.fill(chip.trim()))
                    .collect(),
            ),
            Part::Copy(text) => match Placeholder::alone(text) {
                // A stand-in for an unknown value is not worth copying.
                Some(placeholder) if !values.is_copyable(placeholder) => {
                    Piece::Text(values.fill(text))
                }
                Some(placeholder) => Piece::Copy {
                    label: placeholder.label().to_owned(),
                    value: values.fill(text),
                },
                None => {
                    let (label, value) = text.split_once(": ").unwrap_or(("Value", text));
                    Piece::Copy {
                        label: label.to_owned(),
                        value: values.fill(value),
                    }
                }
            },
        })
        .collect()
}

/// A step in plain words, for mails and for copying.
pub(crate) fn plain(pieces: &[Piece]) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(words) => text.push_str(words),
            Piece::Path(chips) => text.push_str(&chips.join(" › ")),
            // Writing to a string cannot fail.
            Piece::Copy { value, .. } => {
                let _ = write!(text, "{value}");
            }
        }
    }
    text
}

/// What is wrong with the markup of a text, if anything.
pub(super) fn problem(text: &str) -> Option<String> {
    let opened = text.matches('[').count();
    if opened != text.matches(']').count() {
        return Some("a [click path] is not closed".to_owned());
    }
    if text.matches('`').count() % 2 == 1 {
        return Some("a `copy value` is not closed".to_owned());
    }
    let empty = split(text).into_iter().any(|part| match part {
        Part::Path(path) => path.split('>').any(|chip| chip.trim().is_empty()),
        Part::Copy(value) => value.trim().is_empty(),
        Part::Text(_) => false,
    });
    if empty {
        return Some("a click path or copy value has nothing in it".to_owned());
    }
    Placeholder::unknown_in(text).map(|name| format!("{{{name}}} cannot be filled in"))
}

enum Part<'a> {
    Text(&'a str),
    Path(&'a str),
    Copy(&'a str),
}

fn split(text: &str) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find(['[', '`']) {
        let (before, marked) = rest.split_at(start);
        let (close, is_path) = if marked.starts_with('[') {
            (']', true)
        } else {
            ('`', false)
        };
        let Some((inside, after)) = marked[1..].split_once(close) else {
            break;
        };
        if !before.is_empty() {
            parts.push(Part::Text(before));
        }
        parts.push(if is_path {
            Part::Path(inside)
        } else {
            Part::Copy(inside)
        });
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(Part::Text(rest));
    }
    parts
}
