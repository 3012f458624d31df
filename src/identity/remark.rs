//! Free text that people write about a case.

use crate::paths;

/// A note or a reason. It contains nothing that looks like a secret, since it is stored in clear and
/// many people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remark(String);

/// Why a text was refused; the message is shown at the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemarkError {
    NoReason,
    NoNote,
    TooLong(usize),
    Secret,
}

/// Longest reason, in characters.
const REASON: usize = 300;
/// Longest note, in characters.
const NOTE: usize = 4_000;
/// Anything shorter counts as a word or a number.
const SHORTEST_CODE: usize = 24;
/// So many characters of it stand in pieces that no language has.
const SCRAMBLED: usize = 16;

impl Remark {
    /// Parses a reason.
    pub fn reason(typed: &str) -> Result<Self, RemarkError> {
        Self::parse(typed, REASON, RemarkError::NoReason)
    }

    /// Parses a note, which may have several lines.
    pub fn note(typed: &str) -> Result<Self, RemarkError> {
        Self::parse(typed, NOTE, RemarkError::NoNote)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Its words, to compare with codes it must not contain.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        words(&self.0)
    }

    fn parse(typed: &str, longest: usize, missing: RemarkError) -> Result<Self, RemarkError> {
        let text: String = typed.chars().filter(|c| is_written(*c)).collect();
        let text = text.trim();
        if text.is_empty() {
            return Err(missing);
        }
        if text.chars().count() > longest {
            return Err(RemarkError::TooLong(longest));
        }
        if holds_secret(text) {
            return Err(RemarkError::Secret);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Whether a character is visible or a line break; excludes text direction marks and terminal control
/// characters.
fn is_written(c: char) -> bool {
    match c {
        '\n' | '\t' => true,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' => false,
        '\u{2060}'..='\u{2069}' | '\u{feff}' => false,
        c => !c.is_control(),
    }
}

/// Whether a text contains something that looks like a secret.
fn holds_secret(text: &str) -> bool {
    paths::before_token().any(|part| text.contains(part)) || words(text).any(is_code)
}

/// The pieces that a code can be: what stands between blanks, quotes and the marks of an address.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || "\"'`“”‘’,;:()<>[]{}|/?&=#".contains(c))
        .map(|word| word.trim_matches('.'))
        .filter(|word| !word.is_empty())
}

/// Codes are long and scrambled: letters and digits in one piece, or capitals within. Words joined
/// by hyphens are not, and the ids that our own pages show are left.
fn is_code(word: &str) -> bool {
    if word.len() < SHORTEST_CODE || uuid::Uuid::try_parse(word).is_ok() || word.contains('@') {
        return false;
    }
    let pieces = word.split(|c: char| !c.is_ascii_alphanumeric());
    let scrambled = pieces.filter(|piece| is_scrambled(piece));
    scrambled.map(str::len).sum::<usize>() >= SCRAMBLED
}

fn is_scrambled(piece: &str) -> bool {
    let has = |is: fn(&char) -> bool| piece.chars().any(|c| is(&c));
    let capital_within = piece
        .as_bytes()
        .windows(2)
        .any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase());
    (has(char::is_ascii_alphabetic) && has(char::is_ascii_digit)) || capital_within
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_taken_and_what_opens_something_is_not() {
        let longest = "x ".repeat(REASON / 2);
        for (typed, taken) in [
            ("  They called.\r\nMend it. ", Ok("They called.\nMend it.")),
            (
                "Company 5358233, Ref PC-LEVEL:directory",
                Ok("Company 5358233, Ref PC-LEVEL:directory"),
            ),
            (
                "See Harbor-and-Lane-Construction-permissions-2026",
                Ok("See Harbor-and-Lane-Construction-permissions-2026"),
            ),
            (
                "Request 0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f",
                Ok("Request 0197f3a0-7c1e-7b44-9d3f-0a1b2c3d4e5f"),
            ),
            (
                "https://app.procore.com/5358233/company/home",
                Ok("https://app.procore.com/5358233/company/home"),
            ),
            (
                "Wrote to firstname.lastname2026@construction.example",
                Ok("Wrote to firstname.lastname2026@construction.example"),
            ),
            (&longest, Ok(longest.trim())),
            ("a\0b\u{1b}[31m\u{202e}c", Ok("ab[31mc")),
            (" \n", Err(RemarkError::NoReason)),
            ("\0\u{200b}", Err(RemarkError::NoReason)),
            (&"x ".repeat(REASON), Err(RemarkError::TooLong(REASON))),
            (
                "it is 9fQ2mZ-x7Lk_04TtWbYcR1sVnEoUaHgPdJi5Kq8e3uX",
                Err(RemarkError::Secret),
            ),
            (
                "secret=\"0f3b9c1d2e4a5b6c7d8e9f0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e\".",
                Err(RemarkError::Secret),
            ),
            (
                "Bearer eyJhbGciOiJFUzUxMiJ9.eyJhbWMiOiJyIn0.aGVsbG8",
                Err(RemarkError::Secret),
            ),
            (
                "https://concierge.example/invitations/abc",
                Err(RemarkError::Secret),
            ),
            (
                "https://x.example/?key=9fQ2mZx7Lk04TtWbYcR1sVnEoUaHgPdJ",
                Err(RemarkError::Secret),
            ),
        ] {
            let parsed = Remark::reason(typed);
            let read = parsed.as_ref().map(Remark::as_str).map_err(|error| *error);
            assert_eq!(read, taken, "{typed:?}");
        }
        assert_eq!(Remark::note(""), Err(RemarkError::NoNote));
        assert!(Remark::note(&"a word ".repeat(NOTE / 7)).is_ok());
    }
}
