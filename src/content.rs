//! Help texts: what each reason means and how to fix it, the click paths in Procore, and the
//! drawings beside them.
//!
//! The texts live in `content/`, apart from code, so that they can be corrected without
//! knowing Rust (`docs/CONTENT.md`). They are embedded, parsed and checked once at start; a page gets
//! plain text in pieces and escapes it itself.

mod drawing;
mod fix_card;
mod markup;
mod path;
mod projects_card;
mod remedy;
mod values;

use std::collections::BTreeMap;
use std::sync::LazyLock;

pub use drawing::Drawing;
pub use fix_card::{FixCard, FixLine, FixStep};
pub use markup::Piece;
pub(crate) use markup::plain;
pub use path::{ClickPath, PathId, PathPart, PathTask, ProcorePage};
pub use remedy::Remedy;
pub(crate) use values::environment_words;
pub use values::{Placeholder, Values};

use crate::connection::AccessWay;
use crate::verdict::ReasonCode;

#[derive(rust_embed::RustEmbed)]
#[folder = "content/"]
struct Files;

/// All help texts, checked.
#[derive(Debug)]
pub struct Content {
    reasons: BTreeMap<&'static str, remedy::Source>,
    paths: BTreeMap<PathId, path::Source>,
    drawings: BTreeMap<String, Drawing>,
}

/// Everything that is wrong with the content files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the help texts in content/ need correcting:\n{}", .0.join("\n"))]
pub struct ContentError(pub Vec<String>);

/// One numbered step, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Number in the list, from 1.
    pub number: usize,
    /// What to do.
    pub pieces: Vec<Piece>,
    /// What this step needs in addition to the whole path.
    pub need: Option<String>,
    /// The drawing that shows it, and the number of the call-out in it.
    pub shown_in: Option<(String, u8)>,
    /// Whether it is the step on our own page that checks whether it is fixed.
    pub checks_again: bool,
}

/// The help texts of this program; the same for everybody, so loaded once.
///
/// Errors name every file and what to correct in it. The program does not start with
/// such an error.
pub fn shared() -> Result<&'static Content, &'static ContentError> {
    static SHARED: LazyLock<Result<Content, ContentError>> = LazyLock::new(Content::load);
    SHARED.as_ref()
}

impl Content {
    fn load() -> Result<Self, ContentError> {
        Self::from_files(Files::iter().filter_map(|name| {
            let file = Files::get(&name)?;
            Some((
                name.into_owned(),
                String::from_utf8_lossy(&file.data).into_owned(),
            ))
        }))
    }

    /// Parses content from `(name, text)` pairs and checks it.
    fn from_files(files: impl Iterator<Item = (String, String)>) -> Result<Self, ContentError> {
        let mut content = Self {
            reasons: BTreeMap::new(),
            paths: BTreeMap::new(),
            drawings: BTreeMap::new(),
        };
        let mut problems = Vec::new();
        for (name, text) in files {
            if let Err(problem) = content.add(&name, &text) {
                problems.push(format!("{name}: {problem}"));
            }
        }
        content.check(&mut problems);
        if problems.is_empty() {
            Ok(content)
        } else {
            Err(ContentError(problems))
        }
    }

    fn add(&mut self, name: &str, text: &str) -> Result<(), String> {
        let unknown = || "this name belongs to nothing that the product shows".to_owned();
        if let Some(stem) = stem(name, "reasons/", ".toml") {
            let family = ReasonCode::all()
                .map(ReasonCode::family)
                .find(|family| family.eq_ignore_ascii_case(stem))
                .ok_or_else(unknown)?;
            self.reasons.insert(
                family,
                toml::from_str(text).map_err(|error| error.to_string())?,
            );
        } else if let Some(stem) = stem(name, "paths/", ".toml") {
            let id = PathId::from_key(stem).ok_or_else(unknown)?;
            self.paths
                .insert(id, toml::from_str(text).map_err(|error| error.to_string())?);
        } else if let Some(stem) = stem(name, "drawings/", ".svg") {
            self.drawings
                .insert(stem.to_owned(), Drawing::parse(stem, text)?);
        } else {
            return Err(unknown());
        }
        Ok(())
    }

    fn check(&self, problems: &mut Vec<String>) {
        for code in ReasonCode::all() {
            if !self.reasons.contains_key(code.family()) {
                problems.push(format!("reasons: there is no text for {}", code.family()));
            }
        }
        for id in PathId::ALL {
            if !self.paths.contains_key(&id) {
                problems.push(format!("paths: there is no text for {}", id.key()));
            }
        }
        for (family, reason) in &self.reasons {
            reason.check(family, problems);
            for title in &reason.pages {
                let mut sources = self.paths.values().flat_map(|path| &path.sources);
                if !sources.any(|page| page.title == *title) {
                    problems.push(format!("{family}: no path has a source titled “{title}”"));
                }
            }
            for id in &reason.see {
                if PathId::from_key(id).is_none() {
                    problems.push(format!("{family}: there is no path called {id}"));
                }
            }
        }
        for (id, path) in &self.paths {
            path.check(*id, &self.drawings, problems);
        }
    }

    /// The help for a reason, filled in for one firm.
    ///
    /// Steps that differ by way of access are shown only for that way.
    pub fn remedy(&self, code: ReasonCode, way: AccessWay, values: &Values) -> Option<Remedy> {
        let source = self.reasons.get(code.family())?;
        Some(self.filled(source, code, way, values))
    }

    fn filled(
        &self,
        source: &remedy::Source,
        code: ReasonCode,
        way: AccessWay,
        values: &Values,
    ) -> Remedy {
        let mut remedy = source.fill(code, way, values);
        let sources = remedy.see.iter().filter_map(|id| self.paths.get(id));
        for page in sources.flat_map(|path| &path.sources) {
            let is_about_it = source.pages.is_empty() || source.pages.contains(&page.title);
            if is_about_it && !remedy.pages.contains(page) {
                remedy.pages.push(page.clone());
            }
        }
        remedy
    }

    /// A click path, filled in for one firm.
    pub fn path(&self, id: PathId, values: &Values) -> Option<ClickPath> {
        let source = self.paths.get(&id)?;
        let mut names: Vec<&str> = Vec::new();
        for (name, _) in source.shown() {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let drawings = names
            .iter()
            .filter_map(|name| self.drawings.get(*name))
            .cloned();
        Some(source.fill(id, drawings.collect(), values))
    }
}

fn stem<'a>(name: &'a str, folder: &str, extension: &str) -> Option<&'a str> {
    name.strip_prefix(folder)?.strip_suffix(extension)
}

#[cfg(test)]
mod tests;
