//! Looks settings up and collects their problems.

use std::{fs, io};

use super::problem::{Problem, Problems};

/// Returns the value of a variable.
pub(super) type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The environment of this process. A value that is not UTF-8 is read with replacement
/// characters, which no setting accepts.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment"
)]
pub(super) fn env(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
}

/// One setting: its name, what it is when unset, and how its text becomes a value.
pub(super) struct Setting<T> {
    pub name: &'static str,
    /// `None` if there is no default.
    pub default: Option<&'static str>,
    /// What it is for; one line of `--help`.
    pub meaning: &'static str,
    /// What to write; a sentence that fits a missing value and a wrong one.
    pub fix: &'static str,
    /// Validates a value. The error continues the name ("is not an address") and must not repeat a
    /// value that may hold a secret.
    pub parse: fn(&str) -> Result<T, String>,
}

/// Reads settings one after the other and continues after a problem.
pub(super) struct Reader<'a> {
    lookup: Lookup<'a>,
    problems: Problems,
}

impl<'a> Reader<'a> {
    pub(super) fn new(lookup: Lookup<'a>) -> Self {
        Self {
            lookup,
            problems: Problems::default(),
        }
    }

    /// A setting that may be left out.
    pub(super) fn optional<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        self.named(setting, setting.name)
    }

    /// The same under a name of its own: one that exists for each Procore environment.
    pub(super) fn named<T>(&mut self, setting: &Setting<T>, name: &str) -> Option<T> {
        let text = self.text(name, setting.fix)?;
        self.proven(name, setting, &text)
    }

    /// A setting with a default. `None` only after a problem was noted.
    pub(crate) fn or_default<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let given = self.has(setting.name);
        match self.text(setting.name, setting.fix) {
            Some(text) => self.proven(setting.name, setting, &text),
            None if given => None,
            None => self.proven(setting.name, setting, setting.default.unwrap_or_default()),
        }
    }

    /// A required setting. `None` only after a problem was reported.
    pub(super) fn required<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        if !self.has(setting.name) {
            self.report(setting.name, "is not set", setting.fix);
        }
        self.optional(setting)
    }

    /// Whether a value was given in either way. An empty one counts as none, since container tools
    /// pass unset variables as empty.
    pub(super) fn has(&self, name: &str) -> bool {
        self.given(name).is_some() || self.given(&file_name(name)).is_some()
    }

    pub(super) fn report(&mut self, name: &str, wrong: impl Into<String>, fix: impl Into<String>) {
        self.problems.0.push(Problem {
            name: name.to_owned(),
            wrong: wrong.into(),
            fix: fix.into(),
        });
    }

    /// The value, if there is one and nothing was wrong.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Problems> {
        match value {
            Some(value) if self.problems.is_empty() => Ok(value),
            Some(_) | None => Err(self.problems),
        }
    }

    fn given(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !bare(value).is_empty())
    }

    fn text(&mut self, name: &str, fix: &str) -> Option<String> {
        let file = file_name(name);
        match (self.given(name), self.given(&file)) {
            (None, None) => None,
            (Some(text), None) => Some(bare(&text).to_owned()),
            (Some(_), Some(_)) => {
                let fix = format!("Keep one of {name} and {file}.");
                self.report(name, format!("and {file} are both set"), fix);
                None
            }
            (None, Some(path)) => match read_text(&path) {
                Ok(text) if bare(&text).is_empty() => {
                    let wrong = format!("names the file {path}, which is empty");
                    self.report(&file, wrong, fix);
                    None
                }
                Ok(text) => Some(bare(&text).to_owned()),
                Err(error) => {
                    let wrong = format!("names the file {path}, which cannot be read: {error}");
                    let fix = "Give the path of a readable text file that holds the value.";
                    self.report(&file, wrong, fix);
                    None
                }
            },
        }
    }

    fn proven<T>(&mut self, name: &str, setting: &Setting<T>, text: &str) -> Option<T> {
        match (setting.parse)(text) {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.report(name, wrong, setting.fix);
                None
            }
        }
    }
}

/// A value without what editors leave around it: a byte order mark, spaces and line ends.
fn bare(text: &str) -> &str {
    text.trim_start_matches('\u{feff}').trim()
}

/// Reads a text file in UTF-8, or in UTF-16 with a byte order mark, as Windows likes to write it.
fn read_text(path: &str) -> io::Result<String> {
    let bytes = fs::read(path)?;
    let text = match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        _ => String::from_utf8(bytes).ok(),
    };
    text.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "it is not text in UTF-8"))
}

fn utf_16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).collect::<Result<_, _>>().ok()
}

fn file_name(name: &str) -> String {
    format!("{name}_FILE")
}
