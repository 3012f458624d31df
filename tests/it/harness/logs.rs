//! What the product logs during a story, and that nothing of it was typed by somebody.
//!
//! A story runs on a thread of its own: its lines, and what was typed in it, are kept for that thread.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::sync::Once;
use std::thread;

use concierge::config::{Log, LogFormat};
use concierge::telemetry;
use memchr::{memchr, memmem, memrchr};
use tracing::subscriber::set_global_default;

/// The fields of forms with addresses, names, Company IDs and Client IDs.
const PERSONAL: [&str; 4] = ["email", "name", "company_id", "client_id"];
/// A shorter number may be part of any line.
const SHORTEST_NUMBER: usize = 5;

thread_local! {
    static LINES: RefCell<Vec<u8>> = RefCell::default();
    static TYPED: RefCell<BTreeSet<String>> = RefCell::default();
}

/// Checks at the end of a story.
pub(crate) struct LogCheck;

impl LogCheck {
    pub(crate) fn start() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let log = Log {
                filter: "trace".to_owned(),
                format: LogFormat::Json,
            };
            let lines = telemetry::subscriber(&log, || Writer).unwrap();
            set_global_default(lines).unwrap();
        });
        Self
    }
}

impl Drop for LogCheck {
    fn drop(&mut self) {
        if !thread::panicking()
            && let Some(line) = leak()
        {
            panic!("what was typed is in the log: {line}");
        }
    }
}

/// Notes what somebody typed into a field of a form.
pub(crate) fn typed(field: &str, value: &str) {
    let value = value.trim();
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
    let is_telling = !is_number || value.len() >= SHORTEST_NUMBER;
    if PERSONAL.contains(&field) && is_telling {
        // An address is kept in lower case, however it was typed.
        let kept = match value.contains('@') {
            true => value.to_lowercase(),
            false => value.to_owned(),
        };
        TYPED.with_borrow_mut(|typed| typed.insert(kept));
    }
}

/// What was logged so far.
pub(crate) fn logged() -> String {
    LINES.with_borrow(|lines| String::from_utf8_lossy(lines).into_owned())
}

/// What was logged so far about one security event.
pub(crate) fn security_lines(event: &str) -> Vec<serde_json::Value> {
    let lines = logged();
    let lines = lines.lines().filter(|line| line.contains(r#""event":"#));
    let mut lines: Vec<serde_json::Value> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    lines.retain(|line| line["target"] == "concierge::security" && line["event"] == event);
    lines
}

/// A line that holds something that was typed.
fn leak() -> Option<String> {
    LINES.with_borrow(|lines| {
        TYPED.with_borrow(|typed| {
            typed.iter().find_map(|value| {
                let mut found = memmem::find_iter(lines, value).map(|at| line_at(lines, at));
                found.find(|line| has_word(line, value))
            })
        })
    })
}

/// The line around the byte at `at`.
fn line_at(lines: &[u8], at: usize) -> String {
    let (before, after) = lines.split_at(at);
    let begins = memrchr(b'\n', before).map_or(0, |end| end + 1);
    let ends = memchr(b'\n', after).map_or(lines.len(), |end| at + end);
    String::from_utf8_lossy(&lines[begins..ends]).into_owned()
}

/// Whether `text` holds `word`, and not as a part of a longer word.
fn has_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric();
    text.match_indices(word).any(|(at, _)| {
        let (before, after) = (&text[..at], &text[at + word.len()..]);
        !before.ends_with(is_part) && !after.starts_with(is_part)
    })
}

struct Writer;

impl io::Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A thread that ends keeps nothing any more.
        let _ = LINES.try_with(|lines| lines.borrow_mut().extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_line_with_something_typed_is_found() {
    let _ended = LogCheck::start();
    typed("email", " Ada@acme.example");
    typed("name", "Bo");
    typed("company_id", "4711");
    typed("password", "secret");
    tracing::info!(secret = 4711, "The body of ada@acme.example2 holds 4711");
    assert_eq!(leak(), None, "not these");
    for said in ["sent to ada@acme.example.", "Hello Bo", "a=Bo"] {
        tracing::debug!("{said}");
        let line = leak().unwrap_or_else(|| panic!("{said} is found"));
        assert!(line.contains(said), "{line}");
        LINES.with_borrow_mut(Vec::clear);
    }
}
